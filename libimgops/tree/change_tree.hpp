// One layer applied alone: its nodes as they stand after its last entry, and its markers, which act
// only on what lies below. Private to the room.
// Source: semantics §2 rule 5, rows P03, P10–P20, L01, L06–L15, N01.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {

// A name of the layer.
class ChangeNode {
 public:
  static constexpr std::uint32_t most_nodes = (1U << 27U) - 1;
  static constexpr std::uint32_t no_file = UINT32_MAX;

  // `path` is real: parents resolved through links of this layer. `parent` counts nodes in the
  // order they were made.
  explicit ChangeNode(std::string_view path, std::uint32_t parent = 0) noexcept
      : parent_(parent & most_nodes),
        path_bytes_(static_cast<std::uint32_t>(path.size())),
        path_(path.data()) {}

  std::string_view path() const noexcept { return {path_, path_bytes_}; }
  std::uint32_t parent() const noexcept { return parent_; }

  std::uint32_t sequence = 0;    // of the entry that made it, from 1; implied: that needed it
  std::uint32_t file = no_file;  // number among the linked files; else that of its entry
  bool is_implied : 1 = false;   // no entry describes it
  bool is_directory : 1 = false;
  bool is_current : 1 = true;     // false: a later entry of its name took its place
  bool removes : 1 = false;       // character device 0:0, a whiteout in disguise (M16)
  bool through_link : 1 = false;  // implied behind a link of this layer (P11, P13)

 private:
  std::uint32_t parent_ : 27;
  std::uint32_t path_bytes_;
  const char* path_;
};
static_assert(sizeof(ChangeNode) == 24);

// A hard link entry that needs the lower tree, in the order of the entries, whether or not its name
// was taken by another later: the target is one that the layer did not have when the link came
// (L02, L06, L07), or a name that is such a link itself (`target` empty).
struct PendingLink {
  const LayerEntry* entry = nullptr;
  std::uint32_t file = 0;
  std::string target;  // canonical, parents resolved within the layer
};

class ChangeMarker {
 public:
  ChangeMarker(std::string_view path, std::uint32_t number) noexcept
      : sequence(number),
        path_bytes_(static_cast<std::uint32_t>(path.size())),
        path_(path.data()) {}

  // What is removed, or the opaque directory.
  std::string_view path() const noexcept { return {path_, path_bytes_}; }
  std::uint32_t sequence;  // of its entry

 private:
  std::uint32_t path_bytes_;
  const char* path_;
};

struct ChangeTree {
  explicit ChangeTree(const LayerIndex& index) : layer(index) {}

  const LayerIndex& layer;
  std::vector<ChangeNode> nodes;           // by path once built; the root is first
  std::vector<const Inode*> linked_files;  // by number; null while a pending link is open
  std::vector<PendingLink> pending;
  std::vector<ChangeMarker> whiteouts;  // by path, unique
  std::vector<ChangeMarker> opaques;    // by path, unique
  std::deque<Inode> made_inodes;        // what links changed (L13, L21)
  ShapeStore made_shapes;
  std::deque<ExtendedAttributes> made_xattrs;
  std::deque<std::string> made_paths;

  std::deque<LinkedName> linked_names;  // of nodes that were made of it

  // Null for implied directories.
  const LayerEntry* entry_of(const ChangeNode& node) const noexcept;
  // Null while a pending link is open.
  const Inode* inode_of(const ChangeNode& node) const noexcept;
  const ChangeNode* find(std::string_view path) const noexcept;
  // Gives their memory back; what nodes of trees point to stays.
  void forget_lists();
};

// Where findings about one layer go; whoever made it knows the layer.
class Report {
 public:
  explicit Report(std::function<void(Diagnostic)> take) : take_(std::move(take)) {}
  // Without `message` the code's own summary is said.
  void operator()(DiagnosticCode code, DiagnosticLevel level, const char* row,
                  std::string_view path, std::string message = {}) const;

 private:
  std::function<void(Diagnostic)> take_;
};

// Throws Error(corrupt) with a diagnostic for what is rejected, META-SIZE (T25) where links and
// implied directories would make more of a few entries than docs/security.md allows. Linear in the
// entries and their names.
std::shared_ptr<ChangeTree> build_change_tree(const LayerIndex& layer, const Report& report);

}  // namespace imgops
