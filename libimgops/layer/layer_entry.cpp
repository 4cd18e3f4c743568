#include "libimgops/layer/layer_entry.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;

}  // namespace

FileAttributes attributes_of(const Inode& inode) {
  FileAttributes attributes;
  attributes.type = inode.type;
  attributes.mode = inode.mode;
  attributes.uid = inode.uid;
  attributes.gid = inode.gid;
  attributes.mtime = inode.mtime;
  attributes.device = inode.device;
  attributes.link_target = inode.link_target;
  if (inode.xattrs != nullptr) attributes.xattrs = *inode.xattrs;
  return attributes;
}

// A block never grows beyond what was reserved for it, so that views into it stay valid.
std::string_view LayerIndex::keep(std::string_view text) {
  if (text.empty()) return {};
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back().reserve(std::max(block_bytes, text.size()));
  }
  std::string& block = blocks_.back();
  const std::size_t at = block.size();
  block += text;
  return std::string_view(block).substr(at);
}

const ExtendedAttributes* LayerIndex::keep(ExtendedAttributes xattrs) {
  if (xattrs.empty()) return nullptr;
  return &xattrs_.emplace_back(std::move(xattrs));
}

const std::vector<SparseRun>* LayerIndex::keep(std::vector<SparseRun> runs) {
  if (runs.empty()) return nullptr;
  return &sparse_.emplace_back(std::move(runs));
}

}  // namespace imgops
