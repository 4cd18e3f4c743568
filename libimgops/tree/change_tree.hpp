// One layer applied alone: its nodes as they stand after its last entry, and its markers, which act
// only on what lies below. Private to the room.
// Source: semantics §2 rule 5, rows P03, P10–P20, L01, L06–L15, N01.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {

// A name of the layer. Numbers refer to vectors of the ChangeTree.
struct ChangeNode {
  std::string_view path;              // real: parents resolved through links of this layer
  const LayerEntry* entry = nullptr;  // null: an implied directory
  std::uint32_t inode = 0;
  std::uint32_t parent = 0;
  std::uint32_t sequence = 0;  // of the entry that made it, from 1; implied: that needed it
  std::uint16_t depth = 0;     // components of the path
  bool is_directory = false;
  bool is_current = true;     // false: a later entry of its name took its place
  bool removes = false;       // character device 0:0, a whiteout in disguise (M16)
  bool through_link = false;  // implied behind a link of this layer (P11, P13)
};

// A hard link entry that needs the lower tree, in the order of the entries, whether or not its name
// was taken by another later: the target is one that the layer did not have when the link came
// (L02, L06, L07), or a name that is such a link itself (`target` empty).
struct PendingLink {
  const LayerEntry* entry = nullptr;
  std::uint32_t inode = 0;
  std::string target;  // canonical, parents resolved within the layer
};

struct ChangeMarker {
  std::string_view path;  // what is removed, or the opaque directory
  std::uint32_t sequence = 0;
};

struct ChangeTree {
  std::vector<ChangeNode> nodes;     // by path once built; the root is first
  std::vector<const Inode*> inodes;  // by number; null while a pending link is open
  std::vector<PendingLink> pending;
  std::vector<ChangeMarker> whiteouts;  // by path, unique
  std::vector<ChangeMarker> opaques;    // by path, unique
  std::deque<Inode> made_inodes;        // what links changed (L13, L21)
  ShapeStore made_shapes;
  std::deque<ExtendedAttributes> made_xattrs;
  std::deque<std::string> made_paths;

  const ChangeNode* find(std::string_view path) const noexcept;
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
