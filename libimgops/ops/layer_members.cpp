#include "libimgops/ops/layer_members.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/layer/layer_writer.hpp"

#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace imgops {
namespace {

bool has_same_metadata(const Inode& left, const Inode& right) {
  const auto xattrs = [](const Inode& inode) {
    return inode.xattrs() == nullptr ? ExtendedAttributes{} : *inode.xattrs();
  };
  return left.mode() == right.mode() && left.uid() == right.uid() && left.gid() == right.gid() &&
         left.mtime() == right.mtime() && xattrs(left) == xattrs(right);
}

class Lister {
 public:
  explicit Lister(const LayerIndex& layer) : layer_(layer) {
    members_.reserve(layer.entries.size());
    inodes_.reserve(layer.entries.size());
  }

  std::optional<std::vector<PlannedMember>> run() {
    for (const LayerEntry& entry : layer_.entries) {
      if (!add(entry)) return std::nullopt;
    }
    // Names may come before what makes a path through them wrong.
    for (const PlannedMember& member : members_) {
      if (!has_real_parents(member.path())) return std::nullopt;
    }
    return std::move(members_);
  }

 private:
  bool add(const LayerEntry& entry) {
    const Inode* inode = nullptr;
    switch (entry.kind()) {
      case EntryKind::opaque:
        return false;
      case EntryKind::whiteout:
        if (entry.inode.type() == FileType::character_device) return false;
        members_.emplace_back(entry.path);
        break;
      case EntryKind::file:
        inode = &entry.inode;
        members_.emplace_back(entry.path, inode, &entry);
        break;
      case EntryKind::hard_link:
        inode = target_of(entry);
        if (inode == nullptr) return false;
        members_.push_back(PlannedMember(entry.path, inode, &entry).linked_to(entry.link_path()));
        break;
    }
    return inodes_.emplace(entry.path, inode).second;
  }

  const Inode* target_of(const LayerEntry& link) const {
    const auto found = inodes_.find(link.link_path());
    if (found == inodes_.end() || found->second == nullptr) return nullptr;
    const Inode& inode = *found->second;
    const bool fits = inode.type() != FileType::directory && has_same_metadata(inode, link.inode);
    return fits ? &inode : nullptr;
  }

  // Each directory is looked at once, whether or not the layer describes it.
  bool has_real_parents(std::string_view path) {
    for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
      if (!directories_.insert(at).second) return true;
      const auto found = inodes_.find(at);
      if (found == inodes_.end()) continue;
      if (found->second == nullptr || found->second->type() != FileType::directory) return false;
    }
    return true;
  }

  const LayerIndex& layer_;
  std::vector<PlannedMember> members_;
  std::unordered_map<std::string_view, const Inode*> inodes_;  // by path; null: a whiteout
  std::unordered_set<std::string_view> directories_;           // those that paths pass through
};

Compression compression_of(const BlobSource& blobs, const ImageLayer& layer) {
  const auto blob = blobs.open(layer.descriptor.digest());
  std::array<std::byte, 8> first{};
  const std::size_t filled = blob->read_at(0, first);
  return detect_compression(ByteView(first).first(filled));
}

}  // namespace

std::optional<std::vector<PlannedMember>> own_members(const LayerIndex& layer) {
  return Lister(layer).run();
}

std::vector<PlannedMember> plan_difference(const Operation& operation, const Tree& lower,
                                           const Tree& upper) {
  return plan_layer(upper, compare(lower, upper, operation.layers, {}, operation.stop));
}

ImageLayer write_in_place_of(const Operation& operation, const Image& image, const ImageLayer& old,
                             std::span<const PlannedMember> plan, Packing packing) {
  const EncoderOptions encoder{compression_of(operation.blobs, old), 0,
                               packing == Packing::spliced};
  return write_layer(operation.blobs, plan, operation.layers, operation.workers, operation.observer,
                     encoder, image.family(), operation.stop)
      .layer;
}

}  // namespace imgops
