// Three trees side by side, a row a path. Private to the room.
#pragma once

#include "libimgops/diff/merge.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace imgops {

inline constexpr std::uint32_t no_note = UINT32_MAX;

struct MergeRow {
  std::string_view path;
  const Node* base = nullptr;  // each null where the tree lacks the path
  const Node* ours = nullptr;
  const Node* theirs = nullptr;
  const Node* chosen = nullptr;  // what the result has; null: nothing
  std::uint32_t note = no_note;  // position in the list of MergedPath
};

// "a directory", for reasons.
std::string_view kind_word(const Node& node);

// By path; every path of the three trees once, nothing chosen yet.
std::vector<MergeRow> align(const Tree& base, const Tree& ours, const Tree& theirs);

// Whether two files are alike, times apart. What cannot be told without reading is read.
class Likeness {
 public:
  explicit Likeness(LayerCache& cache) : contents_(cache) {}

  // The same file without looking at bytes, null equal to null: then nobody touched it.
  static bool is_untouched(const Node* before, const Node* now);
  // Believes fingerprints: for what decides only what is said.
  static bool seems_alike(const Node* left, const Node* right);
  bool is_alike(const Node* left, const Node* right);

  ContentReader& contents() noexcept { return contents_; }

 private:
  ContentReader contents_;
};

}  // namespace imgops
