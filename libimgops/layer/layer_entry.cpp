#include "libimgops/layer/layer_entry.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;

}  // namespace

KeptText::operator std::string_view() const noexcept {
  if (start_ == nullptr) return {};
  std::uint32_t size = 0;
  std::memcpy(&size, start_, sizeof size);
  return {start_ + sizeof size, size};
}

FileAttributes attributes_of(const Inode& inode) {
  FileAttributes attributes;
  attributes.type = inode.type;
  attributes.mode = inode.mode;
  attributes.uid = inode.uid;
  attributes.gid = inode.gid;
  attributes.mtime = inode.mtime;
  attributes.device = inode.device;
  attributes.link_target = std::string_view(inode.link_target);
  if (inode.xattrs != nullptr) attributes.xattrs = *inode.xattrs;
  return attributes;
}

// A block never grows beyond what was reserved for it, so that views into it stay valid.
KeptText LayerIndex::keep(std::string_view text) {
  if (text.empty()) return {};
  const auto size = static_cast<std::uint32_t>(text.size());
  const std::size_t needed = sizeof size + text.size();
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < needed) {
    blocks_.emplace_back().reserve(std::max(block_bytes, needed));
  }
  std::string& block = blocks_.back();
  const std::size_t at = block.size();
  block.append(reinterpret_cast<const char*>(&size), sizeof size);
  block += text;
  return KeptText(block.data() + at);
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
