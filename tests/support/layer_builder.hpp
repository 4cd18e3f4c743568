// Layers made by hand, entry by entry, for tests of trees and changes: no archive, contents in
// memory.
#pragma once

#include "libimgops/layer/layer_entry.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops::testing {

// Every call adds an entry, in archive order. Attributes of the last entry are changed through
// last().
class LayerBuilder {
 public:
  LayerBuilder();
  LayerBuilder& file(std::string_view path, std::string_view text);
  LayerBuilder& directory(std::string_view path, std::uint16_t mode = 0755);
  LayerBuilder& symlink(std::string_view path, std::string_view target);
  LayerBuilder& hard_link(std::string_view path, std::string_view target);
  LayerBuilder& whiteout(std::string_view path);
  LayerBuilder& opaque(std::string_view path);
  InodeFields& last();
  std::shared_ptr<const LayerIndex> build();

 private:
  EntryFields& add(EntryKind kind, std::string_view path);
  void keep_last();
  std::shared_ptr<LayerIndex> index_;
  std::optional<EntryFields> last_;  // not among the entries yet
};

// The member that an entry describes, as it is, or with no source to copy it from.
PlannedMember member_of(const LayerEntry& entry);
PlannedMember made_anew(const LayerEntry& entry);

}  // namespace imgops::testing
