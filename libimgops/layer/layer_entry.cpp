#include "libimgops/layer/layer_entry.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;

// A content that is no part of a member has its place to itself, so that its shape is that of its
// neighbours.
EntryShape shape_of(const EntryFields& fields) {
  const InodeFields& inode = fields.inode;
  EntryShape shape;
  shape.kind = fields.kind;
  shape.verbatim = fields.verbatim;
  shape.header_bytes = fields.header_bytes;
  shape.is_member = fields.header_bytes != 0 || fields.member_offset_bytes != 0;
  shape.type = inode.type;
  shape.implied = inode.implied;
  shape.mode = inode.mode;
  shape.uid = inode.uid;
  shape.gid = inode.gid;
  shape.device = inode.device;
  shape.xattrs = inode.xattrs;
  if (shape.has_content()) {
    shape.origin = inode.content.origin;
    shape.sparse = inode.content.sparse;
    if (shape.is_member && shape.origin != nullptr) {
      shape.body_distance_bytes = inode.content.offset_bytes - fields.member_offset_bytes;
    }
  }
  return shape;
}

EntryFields entry_of(const InodeFields& inode) {
  EntryFields fields;
  fields.inode = inode;
  return fields;
}

}  // namespace

Inode::Inode(const InodeFields& fields, ShapeStore& shapes) : Inode(entry_of(fields), shapes) {}

Inode::Inode(const EntryFields& fields, ShapeStore& shapes)
    : shape_(shapes.keep(shape_of(fields))),
      offset_bytes_(shape_->is_member ? fields.member_offset_bytes
                                      : fields.inode.content.offset_bytes),
      seconds_(fields.inode.mtime.seconds),
      nanoseconds_(fields.inode.mtime.nanoseconds),
      header_checksum_(fields.header_checksum),
      names_{fields.inode.link_target, fields.link_path, fields.header_slot} {
  if (!shape_->has_content()) return;
  body_ = {fields.inode.content.size_bytes, fields.inode.content.fingerprint};
}

LayerEntry::LayerEntry(const EntryFields& fields, ShapeStore& shapes)
    : path(fields.path), inode(fields, shapes) {}

InodeFields fields_of(const Inode& inode) {
  return {inode.type(),  inode.implied(), inode.mode(),        inode.uid(),    inode.gid(),
          inode.mtime(), inode.device(),  inode.link_target(), inode.xattrs(), inode.content()};
}

EntryFields fields_of(const LayerEntry& entry) {
  return {entry.kind(),
          entry.verbatim(),
          entry.header_slot(),
          entry.path,
          entry.link_path(),
          fields_of(entry.inode),
          entry.member_offset_bytes(),
          entry.header_bytes(),
          entry.header_checksum()};
}

FileAttributes attributes_of(const Inode& inode) {
  FileAttributes attributes;
  attributes.type = inode.type();
  attributes.mode = inode.mode();
  attributes.uid = inode.uid();
  attributes.gid = inode.gid();
  attributes.mtime = inode.mtime();
  attributes.device = inode.device();
  attributes.link_target = std::string_view(inode.link_target());
  if (inode.xattrs() != nullptr) attributes.xattrs = *inode.xattrs();
  return attributes;
}

// A block never grows beyond what was reserved for it, so that views into it stay valid.
KeptText LayerIndex::keep(std::string_view text) {
  if (text.empty()) return {};
  const auto size = static_cast<std::uint32_t>(text.size());
  const bool is_long = size >= KeptText::long_text;
  const std::size_t needed = 1 + (is_long ? sizeof size : 0) + text.size();
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < needed) {
    blocks_.emplace_back().reserve(std::max(block_bytes, needed));
  }
  std::string& block = blocks_.back();
  const std::size_t at = block.size();
  block += static_cast<char>(is_long ? KeptText::long_text : size);
  if (is_long) block.append(reinterpret_cast<const char*>(&size), sizeof size);
  block += text;
  return KeptText(block.data() + at);
}

const ExtendedAttributes* LayerIndex::keep(ExtendedAttributes xattrs) {
  if (xattrs.empty()) return nullptr;
  return &*xattrs_.insert(std::move(xattrs)).first;
}

const std::vector<SparseRun>* LayerIndex::keep(std::vector<SparseRun> runs) {
  if (runs.empty()) return nullptr;
  return &sparse_.emplace_back(std::move(runs));
}

}  // namespace imgops
