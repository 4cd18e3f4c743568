// Three trees made one: what both sides did since their common base, path by path, each with a
// verdict. Compare, merge, plan, write: rebase, merge, cherry-pick, revert and edit are all this.
// Source: command-line §8.3; semantics C03.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/diff/merge_driver.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace imgops {

// Who settled a conflict.
enum class Settlement : std::uint8_t { ours, theirs, given };

// What the user chose for one path; `text` is the content, of Settlement::given alone.
struct Resolution {
  Settlement by = Settlement::ours;
  std::string text;
};

struct MergeOptions {
  MergePolicy policy = MergePolicy::fail;
  std::map<std::string, Resolution, std::less<>> resolutions;  // by canonical path
  std::span<const MergeDriver* const> drivers;                 // the first that handles a path
  // Directories that a marker in a layer of ours emptied although they show (an opaque directory,
  // one removed and made again): what theirs adds there would be hidden. Canonical, by PathLess.
  std::span<const std::string> emptied;
};

// One path that a side changed. Content, type, mode, owner, xattrs and link target count; a time
// alone is no change.
struct MergedPath {
  std::string path;
  Verdict verdict = Verdict::same;
  std::optional<ConflictKind> kind;      // of a conflict, settled or not
  std::optional<Settlement> settlement;  // of a settled one
  std::string driver;                    // that made the file, or gave up
  std::string reason;                    // one line for people; may be empty
  bool is_doubtful = false;              // a driver says: look at it
  bool needs_more = false;               // choosing a side does not settle it: `reason` says what
  bool is_open() const noexcept { return verdict == Verdict::conflict && !settlement; }
};

struct MergeResult {
  Tree tree;                      // meaningless while a conflict is open
  std::vector<MergedPath> paths;  // by path, unique; one for a conflict, not for all below it
  bool is_open() const noexcept;  // whether a conflict is open
};

// Laws: with ours == base the tree is that of theirs, with theirs == base that of ours (times
// apart). The result points into the trees' layers, which it keeps alive. Contents are read where
// both sides have a copy of their own with equal fingerprints, and by drivers, which see no file of
// more than 64 MiB. Throws Error(corrupt) when a layer is not what its index says.
MergeResult merge(const Tree& base, const Tree& ours, const Tree& theirs, LayerCache& cache,
                  const MergeOptions& options = {}, const std::stop_token& stop = {});

}  // namespace imgops
