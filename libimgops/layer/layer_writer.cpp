// Members are written one after the other: those that did not change as the bytes they were,
// header, body and padding (W10), whatever style they have; all others with a header of our own
// (W11) before their body. Bodies are checked against their fingerprints while they pass.
#include "libimgops/layer/layer_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/splicing_encoder.hpp"
#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/run_splicer.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <optional>
#include <string>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t progress_step_bytes = 4 << 20;
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

// The bytes of bodies a plan names, for progress.
std::uint64_t body_bytes(std::span<const PlannedMember> plan) {
  std::uint64_t total = 0;
  for (const PlannedMember& member : plan) {
    if (member.kind == EntryKind::file) total += member.inode->content.size_bytes;
  }
  return total;
}

// Where a member that may be copied ends in its source archive, padding included.
std::uint64_t member_end(const LayerEntry& entry) {
  const Content& content = entry.inode.content;
  const std::uint64_t body = entry.member_offset_bytes + entry.header_bytes;
  if (entry.kind != EntryKind::file || content.origin == nullptr) return body;
  return body + content.size_bytes + tar_padding_bytes(content.size_bytes);
}

// How many members at the front of `plan` lie one behind the other in one archive and may be
// copied.
std::size_t run_length(std::span<const PlannedMember> plan) {
  if (plan.empty() || !may_be_copied(plan.front())) return 0;
  std::size_t count = 1;
  while (count < plan.size() && may_be_copied(plan[count]) &&
         plan[count].source_layer == plan.front().source_layer &&
         plan[count].source->member_offset_bytes == member_end(*plan[count - 1].source)) {
    ++count;
  }
  return count;
}

class ArchiveWriter {
 public:
  // With `splicer` null nothing is spliced.
  ArchiveWriter(LayerCache& cache, ContentReader& contents, ArchiveSink& archive,
                RunSplicer* splicer)
      : cache_(cache), contents_(contents), archive_(archive), splicer_(splicer) {}

  // The member at the front of `plan`, which are all that are still to be written.
  void write_front(std::span<const PlannedMember> plan) {
    const PlannedMember& member = plan.front();
    if (run_left_ == 0 && splicer_ != nullptr) begin_run(plan);
    if (run_left_ > 0) {
      if (is_doubtful(member)) encode_anew(member);
      copy_of_run(*member.source_layer, *member.source);
      if (--run_left_ == 0) splicer_->end_run();
    } else if (member.kind == EntryKind::whiteout) {
      archive_.write(as_bytes(encode_whiteout(member.path)));
    } else if (may_be_copied(member)) {
      if (is_doubtful(member)) encode_anew(member);
      copy_member(*member.source_layer, *member.source);
    } else {
      archive_.write(as_bytes(encode_anew(member)));
      if (member.kind == EntryKind::file) write_body(member.inode->content);
    }
  }

 private:
  // Headers of members without bodies are kept apart: for them alone no archive is read.
  void begin_run(std::span<const PlannedMember> plan) {
    if (plan.front().source == nullptr || plan.front().source->header_slot != no_header_slot) {
      return;
    }
    const std::size_t count = run_length(plan);
    if (count == 0) return;
    const LayerEntry& first = *plan.front().source;
    splicer_->begin_run(*plan.front().source_layer, first.member_offset_bytes,
                        member_end(*plan[count - 1].source));
    run_left_ = count;
  }

  void copy_of_run(const LayerIndex& layer, const LayerEntry& entry) {
    if (checksum_of(splicer_->copy(entry.header_bytes)) != entry.header_checksum) {
      throw changed_archive(layer, "header is not what it was when it was indexed");
    }
    const Content& content = entry.inode.content;
    if (entry.kind != EntryKind::file || content.origin == nullptr) return;
    if (splicer_->copy(content.size_bytes) != content.fingerprint) {
      throw changed_archive(layer, "content is not what it was when it was indexed");
    }
    splicer_->copy(tar_padding_bytes(content.size_bytes));
  }

  void copy_member(const LayerIndex& layer, const LayerEntry& entry) {
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

  void write_body(const Content& content) {
    if (content.origin == nullptr) return;
    contents_.copy(content, archive_);
    archive_.write_zeros(tar_padding_bytes(content.size_bytes));
  }

  LayerCache& cache_;
  ContentReader& contents_;
  ArchiveSink& archive_;
  RunSplicer* splicer_;
  std::size_t run_left_ = 0;  // members of the run in hand
};

// What goes wrong with one member names it; what would go wrong with any does not.
void write_named(std::span<const PlannedMember> plan, ArchiveWriter& writer) {
  try {
    writer.write_front(plan);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    throw error.within(printable(plan.front().path));
  }
}

void write_members(std::span<const PlannedMember> plan, ArchiveWriter& writer, Observer& observer,
                   const std::stop_token& stop) {
  const std::uint64_t total = body_bytes(plan);
  std::uint64_t done = 0;
  std::uint64_t told = 0;
  for (std::span<const PlannedMember> rest = plan; !rest.empty(); rest = rest.subspan(1)) {
    const PlannedMember& member = rest.front();
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    if (member.kind == EntryKind::opaque) {
      throw Error(ErrorKind::invalid_argument,
                  printable(member.path) + ": opaque markers are not written (W04)");
    }
    write_named(rest, writer);
    if (member.kind == EntryKind::file) done += member.inode->content.size_bytes;
    if (done - told < progress_step_bytes) continue;
    observer.progress("write", "layer", done, total);
    told = done;
  }
  observer.progress("write", "layer", total, total);
}

}  // namespace

WrittenLayer write_layer(BlobStore& blobs, std::span<const PlannedMember> plan, LayerCache& cache,
                         Workers& workers, Observer& observer, const EncoderOptions& encoder,
                         MediaFamily family, const std::stop_token& stop) {
  const std::unique_ptr<BlobWriter> blob = blobs.create();
  std::unique_ptr<FinishingSink> compressed;
  SplicingEncoder* splicing = nullptr;
  if (encoder.compression == Compression::gzip) {
    auto gzip = make_splicing_encoder(*blob, workers, encoder.level);
    splicing = gzip.get();
    compressed = std::move(gzip);
  } else {
    compressed = make_encoder(*blob, workers, encoder);
  }
  ArchiveSink archive(*compressed, workers, stop,
                      splicing ? ArchiveSink::Passing::at_once : ArchiveSink::Passing::in_blocks);
  ContentReader contents(cache);
  std::optional<RunSplicer> splicer;
  if (splicing != nullptr) splicer.emplace(contents, archive, *splicing);
  ArchiveWriter writer(cache, contents, archive, splicer ? &*splicer : nullptr);
  write_members(plan, writer, observer, stop);
  archive.write(as_bytes(tar_end()));
  const DiffId diff_id{archive.finish()};
  compressed->finish();
  const std::uint64_t blob_bytes = blob->size_bytes();
  const MediaType type{family, MediaKind::layer, encoder.compression, false};
  const Descriptor descriptor(media_type_text(type), blob->commit(), blob_bytes);
  return {ImageLayer{descriptor, diff_id}, archive.size_bytes()};
}

}  // namespace imgops
