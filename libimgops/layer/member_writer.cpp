// A member that did not change is header, body and padding as they were (W10), whatever style they
// have; any other gets a header of our own (W11) before its body. Bodies are checked against their
// fingerprints while they pass.
#include "libimgops/layer/member_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <string>

namespace imgops {
namespace {

// No component is longer in a path that is no longer.
constexpr std::size_t surely_short_bytes = 255;

// What tells a second name about its file: all but the type, which a link's header does not say.
bool same_link_metadata(const Inode& left, const Inode& right) {
  const auto xattrs = [](const Inode& inode) {
    return inode.xattrs == nullptr ? ExtendedAttributes{} : *inode.xattrs;
  };
  return left.mode == right.mode && left.uid == right.uid && left.gid == right.gid &&
         left.mtime == right.mtime && xattrs(left) == xattrs(right);
}

// Whether the header of `member` is followed by its body where the index says, without a map of
// holes between them.
bool has_plain_body(const LayerEntry& entry) {
  const Content& content = entry.inode.content;
  if (content.origin == nullptr) return true;
  return content.sparse == nullptr &&
         content.offset_bytes == entry.member_offset_bytes + entry.header_bytes;
}

// W10.
bool may_be_copied(const PlannedMember& member) {
  const LayerEntry* const source = member.source;
  if (source == nullptr || member.source_layer == nullptr || !source->verbatim) return false;
  if (member.source_layer->origin != Origin::archive || source->kind != member.kind) return false;
  if (source->path != member.path || source->link_path != member.link_path) return false;
  if (member.kind == EntryKind::hard_link) {
    return same_link_metadata(source->inode, *member.inode);
  }
  return member.kind == EntryKind::file && member.inode == &source->inode &&
         has_plain_body(*source);
}

std::string encode_anew(const PlannedMember& member) {
  const FileAttributes attributes = attributes_of(*member.inode);
  return member.kind == EntryKind::hard_link
             ? encode_hard_link(member.path, member.link_path, attributes)
             : encode_header(member.path, attributes, member.inode->content.size_bytes);
}

// Whether W12 could forbid the member at all; encoding its header decides.
bool is_doubtful(const PlannedMember& member) {
  const Inode& inode = *member.inode;
  return member.path.size() > surely_short_bytes || member.link_path.size() > surely_short_bytes ||
         inode.link_target.size() > surely_short_bytes || inode.xattrs != nullptr ||
         (inode.type == FileType::character_device && inode.device == DeviceNumber{}) ||
         member.path.find(".wh.") != std::string_view::npos;
}

}  // namespace

// What goes wrong with one member names it; what would go wrong with any does not.
void MemberWriter::write(const PlannedMember& member) {
  try {
    write_unnamed(member);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    throw error.within(printable(member.path));
  }
}

void MemberWriter::write_unnamed(const PlannedMember& member) {
  if (member.kind == EntryKind::whiteout) {
    archive_.write(as_bytes(encode_whiteout(member.path)));
  } else if (may_be_copied(member)) {
    if (is_doubtful(member)) encode_anew(member);
    copy_member(*member.source_layer, *member.source);
  } else {
    archive_.write(as_bytes(encode_anew(member)));
    if (member.kind == EntryKind::file) write_body(member.inode->content);
  }
}

void MemberWriter::copy_member(const LayerIndex& layer, const LayerEntry& entry) {
  if (const auto header = cache_.header(layer, entry)) {
    archive_.write(as_bytes(*header));
  } else {
    contents_.copy_header(layer, entry, archive_);
  }
  const Content& content = entry.inode.content;
  if (entry.kind != EntryKind::file || content.origin == nullptr) return;
  contents_.copy(content, archive_);
  contents_.copy_span(layer, content.offset_bytes + content.size_bytes,
                      tar_padding_bytes(content.size_bytes), archive_);
}

void MemberWriter::write_body(const Content& content) {
  if (content.origin == nullptr) return;
  contents_.copy(content, archive_);
  archive_.write_zeros(tar_padding_bytes(content.size_bytes));
}

}  // namespace imgops
