// A member that did not change is header, body and padding as they were (W10), whatever style they
// have; any other gets a header of our own (W11) before its body. Bodies are checked against their
// fingerprints while they pass, those of a run like all others.
#include "libimgops/layer/member_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <string>

namespace imgops {
namespace {

// No component is longer in a path that is no longer.
constexpr std::size_t surely_short_bytes = 255;

// What tells a second name about its file: all but the type, which a link's header does not say.
bool same_link_metadata(const Inode& left, const Inode& right) {
  const auto xattrs = [](const Inode& inode) {
    return inode.xattrs() == nullptr ? ExtendedAttributes{} : *inode.xattrs();
  };
  return left.mode() == right.mode() && left.uid() == right.uid() && left.gid() == right.gid() &&
         left.mtime() == right.mtime() && xattrs(left) == xattrs(right);
}

// Whether the header of `member` is followed by its body where the index says, without a map of
// holes between them.
bool has_plain_body(const LayerEntry& entry) {
  const Content& content = entry.inode.content();
  if (content.origin == nullptr) return true;
  return content.sparse == nullptr &&
         content.offset_bytes == entry.member_offset_bytes() + entry.header_bytes();
}

// W10.
bool may_be_copied(const PlannedMember& member) {
  const LayerEntry* const source = member.source();
  if (source == nullptr || member.source_layer() == nullptr || !source->verbatim()) return false;
  if (member.source_layer()->origin != Origin::archive || source->kind() != member.kind())
    return false;
  if (source->path != member.path() || source->link_path() != member.link_path()) return false;
  if (member.kind() == EntryKind::hard_link) {
    return same_link_metadata(source->inode, *member.inode());
  }
  return member.kind() == EntryKind::file && member.inode() == &source->inode &&
         has_plain_body(*source);
}

std::string encode_anew(const PlannedMember& member) {
  const FileAttributes attributes = attributes_of(*member.inode());
  return member.kind() == EntryKind::hard_link
             ? encode_hard_link(member.path(), member.link_path(), attributes)
             : encode_header(member.path(), attributes, member.inode()->content().size_bytes);
}

// Whether W12 could forbid the member at all; encoding its header decides.
bool is_doubtful(const PlannedMember& member) {
  const Inode& inode = *member.inode();
  return member.path().size() > surely_short_bytes ||
         member.link_path().size() > surely_short_bytes ||
         inode.link_target().size() > surely_short_bytes || inode.xattrs() != nullptr ||
         (inode.type() == FileType::character_device && inode.device() == DeviceNumber{}) ||
         member.path().find(".wh.") != std::string_view::npos;
}

bool has_stored_body(const LayerEntry& entry) {
  return entry.kind() == EntryKind::file && entry.inode.content().origin != nullptr;
}

// Where a member that may be copied ends in its source archive, padding included.
std::uint64_t end_of_member(const LayerEntry& entry) {
  const std::uint64_t body = entry.member_offset_bytes() + entry.header_bytes();
  if (!has_stored_body(entry)) return body;
  const std::uint64_t size = entry.inode.content().size_bytes;
  return body + size + tar_padding_bytes(size);
}

// Headers of directories and links are kept apart: for them alone no archive is read.
bool may_begin_run(const PlannedMember& member) {
  return member.kind() == EntryKind::file && member.inode()->type() != FileType::directory &&
         may_be_copied(member);
}

// How many members at the front of `plan`, of which the first may be copied, lie one behind the
// other in one archive and may be, too.
std::size_t run_length(std::span<const PlannedMember> plan) {
  std::size_t count = 1;
  while (count < plan.size() && may_be_copied(plan[count]) &&
         plan[count].source_layer() == plan.front().source_layer() &&
         plan[count].source()->member_offset_bytes() == end_of_member(*plan[count - 1].source())) {
    ++count;
  }
  return count;
}

Fingerprint pass_on(RunSplicer& splicer, std::uint64_t size_bytes) {
  FingerprintHasher hasher;
  while (size_bytes > 0) {
    const ByteView piece = splicer.pass(size_bytes);
    hasher.update(piece);
    size_bytes -= piece.size();
  }
  return hasher.finish();
}

}  // namespace

MemberWriter::MemberWriter(LayerCache& cache, LayerOutput& output, Runs runs)
    : cache_(cache), contents_(cache), archive_(output.archive()) {
  if (runs == Runs::spliced && output.splicing() != nullptr) {
    splicer_.emplace(cache, archive_, *output.splicing(), output.workers());
  }
}

void MemberWriter::expect(std::span<const PlannedMember> plan) {
  if (!splicer_) return;
  for (const PlannedMember& member : plan) {
    if (!may_begin_run(member)) continue;
    splicer_->expect(*member.source_layer(), member.source()->member_offset_bytes(),
                     end_of_member(*member.source()));
  }
}

// What goes wrong with one member names it; what would go wrong with any does not.
void MemberWriter::write_front(std::span<const PlannedMember> plan) {
  try {
    write_unnamed(plan);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    throw error.within(printable(plan.front().path()));
  }
}

void MemberWriter::write_unnamed(std::span<const PlannedMember> plan) {
  const PlannedMember& member = plan.front();
  if (run_left_ == 0 && splicer_) begin_run(plan);
  if (run_left_ > 0) {
    if (is_doubtful(member)) encode_anew(member);
    copy_of_run(*member.source_layer(), *member.source());
    if (--run_left_ == 0) splicer_->end_run();
  } else if (member.kind() == EntryKind::whiteout) {
    archive_.write(as_bytes(encode_whiteout(member.path())));
  } else if (may_be_copied(member)) {
    if (is_doubtful(member)) encode_anew(member);
    copy_member(*member.source_layer(), *member.source());
  } else {
    archive_.write(as_bytes(encode_anew(member)));
    if (member.kind() == EntryKind::file) write_body(member.inode()->content());
  }
}

void MemberWriter::begin_run(std::span<const PlannedMember> plan) {
  const PlannedMember& first = plan.front();
  if (!may_begin_run(first)) return;
  // Asked first: a run that is refused is asked about again at each of its members.
  const std::uint64_t begin_bytes = first.source()->member_offset_bytes();
  if (!splicer_->may_begin(*first.source_layer(), begin_bytes)) return;
  const std::size_t count = run_length(plan);
  if (splicer_->begin_run(*first.source_layer(), begin_bytes,
                          end_of_member(*plan[count - 1].source()))) {
    run_left_ = count;
  }
}

void MemberWriter::copy_of_run(const LayerIndex& layer, const LayerEntry& entry) {
  if (checksum_of(pass_on(*splicer_, entry.header_bytes())) != entry.header_checksum()) {
    throw changed_archive(layer, "header is not what it was when it was indexed");
  }
  if (!has_stored_body(entry)) return;
  const Content& content = entry.inode.content();
  if (pass_on(*splicer_, content.size_bytes) != content.fingerprint) {
    throw changed_archive(layer, "content is not what it was when it was indexed");
  }
  pass_on(*splicer_, tar_padding_bytes(content.size_bytes));
}

void MemberWriter::copy_member(const LayerIndex& layer, const LayerEntry& entry) {
  if (const auto header = cache_.header(layer, entry)) {
    archive_.write(as_bytes(*header));
  } else {
    contents_.copy_header(layer, entry, archive_);
  }
  if (!has_stored_body(entry)) return;
  const Content& content = entry.inode.content();
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
