// One walk over the uncompressed archive: runs of kept members are passed on as they are, a member
// that is exchanged or removed is read and dropped, since all of it is hashed. Where such a member
// ends is asked of the tar reader, which knows every form there is.
#include "libimgops/layer/layer_splice.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/member_writer.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 256UL * 1024;

// Where the member of an entry ends, body and padding included.
std::uint64_t end_of_member(const LayerIndex& layer, const LayerEntry& entry, LayerCache& cache) {
  const std::uint64_t start = entry.member_offset_bytes;
  SpanSource source(cache.cursor(layer), layer, start, layer.archive_bytes - start);
  SilentObserver silent;
  TarReader reader(source, silent);
  const Member* const member = reader.next();
  if (member == nullptr) throw changed_archive(layer, "a member is gone");
  return start + member->body_offset_bytes + member->stored_bytes +
         tar_padding_bytes(member->stored_bytes);
}

// The archive from front to back, all of it hashed.
class ArchiveWalk {
 public:
  ArchiveWalk(const LayerIndex& layer, LayerCache& cache, Observer& observer, std::stop_token stop)
      : layer_(layer),
        source_(cache.cursor(layer), layer, 0, layer.archive_bytes),
        hasher_(layer.diff_id.digest.algorithm()),
        observer_(observer),
        stop_(std::move(stop)),
        buffer_(piece_bytes) {}

  // Up to `end_bytes` into `archive`; null drops it.
  void pass(std::uint64_t end_bytes, ArchiveSink* archive) {
    while (offset_ < end_bytes) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      const std::uint64_t wanted = std::min<std::uint64_t>(buffer_.size(), end_bytes - offset_);
      const std::size_t count =
          source_.read(std::span(buffer_).first(static_cast<std::size_t>(wanted)));
      if (count == 0) throw changed_archive(layer_, "archive ends early");
      const ByteView piece = ByteView(buffer_).first(count);
      hasher_.update(piece);
      if (archive != nullptr) archive->write(piece);
      offset_ += count;
      observer_.progress("write", "layer", offset_, layer_.archive_bytes);
    }
  }

  // The rest; what was read must have been the archive of the index.
  void finish(ArchiveSink& archive) {
    pass(layer_.archive_bytes, &archive);
    if (hasher_.finish() != layer_.diff_id.digest) {
      throw changed_archive(layer_, "is not what its index was made of");
    }
  }

 private:
  const LayerIndex& layer_;
  SpanSource source_;
  DigestHasher hasher_;
  Observer& observer_;
  std::stop_token stop_;
  std::vector<std::byte> buffer_;
  std::uint64_t offset_ = 0;
};

void write_members(const LayerSplice& splice, LayerCache& cache, ArchiveWalk& walk,
                   ArchiveSink& archive) {
  const LayerIndex& layer = *splice.layer;
  MemberWriter writer(cache, archive);
  for (const auto& [position, member] : splice.exchanged) {
    const LayerEntry& entry = layer.entries.at(position);
    walk.pass(entry.member_offset_bytes, &archive);
    walk.pass(end_of_member(layer, entry, cache), nullptr);
    if (member) writer.write(*member);
  }
  if (splice.added.empty()) return;
  if (!layer.entries.empty()) {
    walk.pass(end_of_member(layer, layer.entries.back(), cache), &archive);
  }
  for (const PlannedMember& member : splice.added) writer.write(member);
}

LayerEntry entry_of(const PlannedMember& member, LayerIndex& index) {
  LayerEntry entry;
  entry.kind = member.kind;
  entry.path = index.keep(member.path);
  entry.link_path = index.keep(member.link_path);
  if (member.inode != nullptr) entry.inode = *member.inode;
  return entry;
}

}  // namespace

WrittenLayer write_spliced_layer(BlobStore& blobs, const LayerSplice& splice, LayerCache& cache,
                                 Workers& workers, Observer& observer,
                                 const EncoderOptions& encoder, MediaFamily family,
                                 const std::stop_token& stop) {
  const std::unique_ptr<BlobWriter> blob = blobs.create();
  const std::unique_ptr<FinishingSink> compressed = make_encoder(*blob, workers, encoder);
  ArchiveSink archive(*compressed, workers, stop);
  ArchiveWalk walk(*splice.layer, cache, observer, stop);
  write_members(splice, cache, walk, archive);
  walk.finish(archive);
  const DiffId diff_id{archive.finish()};
  compressed->finish();
  const std::uint64_t blob_bytes = blob->size_bytes();
  const MediaType type{family, MediaKind::layer, encoder.compression, false};
  const Descriptor descriptor(media_type_text(type), blob->commit(), blob_bytes);
  return {ImageLayer{descriptor, diff_id}, archive.size_bytes()};
}

std::shared_ptr<const LayerIndex> spliced_entries(const LayerSplice& splice) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::memory;
  const std::vector<LayerEntry>& entries = splice.layer->entries;
  for (std::size_t position = 0; position < entries.size(); ++position) {
    const auto found = splice.exchanged.find(position);
    if (found == splice.exchanged.end()) {
      index->entries.push_back(entries[position]);
    } else if (found->second) {
      index->entries.push_back(entry_of(*found->second, *index));
    }
  }
  for (const PlannedMember& member : splice.added) {
    index->entries.push_back(entry_of(member, *index));
  }
  return index;
}

}  // namespace imgops
