#include "libimgops/layer/entry_collector.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/tar/findings.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view plnk_prefix = ".wh..wh.plnk/";

bool is_plain_file(const Member& member) {
  return member.kind == MemberKind::file && member.attributes.type == FileType::regular;
}

std::size_t depth_of(std::string_view path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
}

bool is_whiteout_device(const Member& member) {
  return member.attributes.type == FileType::character_device &&
         member.attributes.device == DeviceNumber{};
}

bool is_stargz_file(std::string_view path) {
  return path == "stargz.index.json" || path == ".prefetch.landmark" ||
         path == ".no.prefetch.landmark";
}

}  // namespace

void EntryCollector::add(const Member& member, TarReader& reader) {
  count(member);
  if (has_marker_component(member.path)) {
    throw Error(
        reject(DiagnosticCode::wh_component, "U23", "marker used as a directory", member.path));
  }
  const Marker marker = parse_marker(member.path);
  switch (marker.kind) {
    case MarkerKind::none:
      return add_file(member, reader);
    case MarkerKind::invalid:
      throw Error(
          reject(DiagnosticCode::wh_name, "U18", "marker without a valid name", member.path));
    case MarkerKind::bookkeeping:
      return add_bookkeeping(member, reader);
    case MarkerKind::whiteout:
    case MarkerKind::opaque:
      return add_marker(member, marker);
  }
}

void EntryCollector::finish(std::uint64_t archive_bytes) {
  if (last_span_end_ > archive_bytes && !index_.entries.empty()) {
    EntryFields last = fields_of(index_.entries.back());
    last.verbatim = false;
    index_.entries.back() = index_.keep(last);
  }
}

// Hidden members count too: what is limited is the work.
void EntryCollector::count(const Member& member) {
  if (depth_of(member.path) > limits::tree_depth || depth_of(member.link_path) > limits::tree_depth)
    throw Error(reject(DiagnosticCode::meta_size, "T25", "name is too deep", member.path));
  string_bytes_ +=
      member.path.size() + member.link_path.size() + member.attributes.link_target.size();
  for (const ExtendedAttribute& xattr : member.attributes.xattrs) {
    string_bytes_ += xattr.name.size() + xattr.value.size();
  }
  if (++members_ > limits::layer_entries || string_bytes_ > limits::layer_strings_bytes) {
    throw Error(reject(DiagnosticCode::meta_size, "T25", "layer has too many or too long names",
                       member.path));
  }
}

void EntryCollector::add_file(const Member& member, TarReader& reader) {
  if (is_whiteout_device(member)) {
    EntryFields entry;
    entry.kind = EntryKind::whiteout;
    entry.inode.type = FileType::character_device;  // in its layer it is an entry like others (M16)
    entry.path = index_.keep(member.path);
    entry.member_offset_bytes = member.offset_bytes;
    return keep(entry);
  }
  if (is_plain_file(member) && is_stargz_file(member.path)) {
    report(findings_, DiagnosticCode::estargz, DiagnosticLevel::note, "S11", member.path,
           "layer carries a lazy-pulling index");
  }
  EntryFields entry = entry_of(member, reader);
  last_span_end_ =
      member.body_offset_bytes + member.stored_bytes + tar_padding_bytes(member.stored_bytes);
  if (entry.kind == EntryKind::hard_link) return add_link(entry);
  keep(entry);
}

void EntryCollector::keep(const EntryFields& entry) {
  index_.entries.push_back(index_.keep(entry));
}

EntryFields EntryCollector::entry_of(const Member& member, TarReader& reader) {
  const FileAttributes& attributes = member.attributes;
  EntryFields entry;
  entry.kind = member.kind == MemberKind::file ? EntryKind::file : EntryKind::hard_link;
  entry.verbatim = member.verbatim;
  entry.path = index_.keep(member.path);
  entry.link_path = index_.keep(member.link_path);
  entry.member_offset_bytes = member.offset_bytes;
  entry.header_bytes = static_cast<std::uint32_t>(member.body_offset_bytes - member.offset_bytes);
  entry.inode.type = attributes.type;
  entry.inode.mode = attributes.mode;
  entry.inode.uid = attributes.uid;
  entry.inode.gid = attributes.gid;
  entry.inode.mtime = attributes.mtime;
  entry.inode.device = attributes.device;
  entry.inode.link_target = index_.keep(attributes.link_target);
  entry.inode.xattrs = index_.keep(attributes.xattrs);
  if (entry.verbatim) entry.header_checksum = checksum_of(fingerprint_of(reader.header()));
  const bool has_no_place =  // written out of archive order (W13)
      entry.kind == EntryKind::hard_link || attributes.type == FileType::directory;
  if (has_no_place && entry.verbatim && sink_ != nullptr) {
    entry.header_slot = sink_->header(reader.header());
  }
  if (is_plain_file(member)) entry.inode.content = content_of(member, reader);
  return entry;
}

Content EntryCollector::content_of(const Member& member, TarReader& reader) {
  Content content;
  content.size_bytes = member.size_bytes;
  if (member.size_bytes == 0) return content;
  content.origin = &index_;
  content.offset_bytes = member.body_offset_bytes;
  content.sparse = index_.keep(member.sparse);
  ByteView piece = reader.body();
  if (piece.size() == member.stored_bytes) {  // most files: no state needed
    content.fingerprint = fingerprint_of(piece);
    return content;
  }
  for (; !piece.empty(); piece = reader.body()) hasher_.update(piece);
  content.fingerprint = hasher_.finish();
  return content;
}

// The first link to a hidden file becomes that file, the others are links to it (U20).
void EntryCollector::add_link(EntryFields entry) {
  const auto found = hidden_names_.find(std::string_view(entry.link_path));
  if (found != hidden_names_.end()) {
    HiddenFile& file = hidden_[found->second];
    entry.verbatim = false;
    if (file.visible_path.empty()) {
      file.visible_path = entry.path;
      entry.kind = EntryKind::file;
      entry.link_path = {};
      entry.inode = file.inode;
    } else {
      entry.link_path = file.visible_path;
    }
  }
  keep(entry);
}

void EntryCollector::add_marker(const Member& member, const Marker& marker) {
  const bool opaque = marker.kind == MarkerKind::opaque;
  if (!is_plain_file(member) || member.size_bytes != 0) {
    report(findings_, DiagnosticCode::wh_form,
           opaque ? DiagnosticLevel::note : DiagnosticLevel::warning, opaque ? "U09" : "U22",
           member.path, "marker that is not an empty file");
  }
  EntryFields entry;
  entry.kind = opaque ? EntryKind::opaque : EntryKind::whiteout;
  entry.path = index_.keep(marker.target);
  entry.member_offset_bytes = member.offset_bytes;
  keep(entry);
}

void EntryCollector::add_bookkeeping(const Member& member, TarReader& reader) {
  const std::string_view path = member.path;
  const std::size_t slash = path.find('/');
  const std::string_view first = path.substr(0, slash);
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (first == ".wh..wh.plnk" || first == ".wh..wh.aufs" || first == ".wh..wh.orph") {
    report(findings_, DiagnosticCode::aufs_meta, DiagnosticLevel::warning, "U20", path,
           "bookkeeping of AUFS is hidden", "docker, podman and containerd unpack .wh..wh.plnk");
    return hide(member, reader);
  }
  const bool like_opaque = name.starts_with(".wh..wh..opq");
  const std::string_view row = like_opaque                       ? "U19"
                               : slash == std::string_view::npos ? "U25"
                                                                 : "U21";
  report(findings_, DiagnosticCode::aufs_meta, DiagnosticLevel::note, row, path,
         "marker of a name that cannot exist");
}

void EntryCollector::hide(const Member& member, TarReader& reader) {
  if (!member.path.starts_with(plnk_prefix)) return;
  if (is_plain_file(member)) {
    hidden_names_.insert_or_assign(member.path, hidden_.size());
    hidden_.push_back({entry_of(member, reader).inode, {}});
  } else if (member.kind == MemberKind::hard_link) {
    const auto target = hidden_names_.find(member.link_path);
    if (target != hidden_names_.end()) hidden_names_.insert_or_assign(member.path, target->second);
  }
}

}  // namespace imgops
