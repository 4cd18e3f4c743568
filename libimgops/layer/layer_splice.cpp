// One walk over the uncompressed archive: runs of kept members are passed on as they are, their
// deflate blocks where that can be; a member that is exchanged or removed is read and dropped,
// since all of it is hashed. Where such a member ends is asked of the tar reader, which knows every
// form there is.
#include "libimgops/layer/layer_splice.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/layer/background_hasher.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/layer_output.hpp"
#include "libimgops/layer/member_writer.hpp"
#include "libimgops/layer/run_splicer.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace imgops {
namespace {

// Where the member of an entry ends, body and padding included.
std::uint64_t end_of_member(const LayerIndex& layer, const LayerEntry& entry, LayerCache& cache) {
  const std::uint64_t start = entry.member_offset_bytes();
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
  ArchiveWalk(const LayerIndex& layer, LayerCache& cache, LayerOutput& output, Workers& workers,
              Observer& observer, std::stop_token stop)
      : layer_(layer),
        archive_(output.archive()),
        observer_(observer),
        stop_(std::move(stop)),
        hasher_(workers, stop_, layer.diff_id.digest.algorithm()) {
    if (output.splicing() != nullptr) {
      splicer_.emplace(cache, archive_, *output.splicing(), workers);
      splicer_->expect(layer, 0, layer.archive_bytes);
    }
    if (splicer_ && splicer_->enter(layer)) return;
    splicer_.reset();
    cursor_ = cache.cursor(layer);
  }

  // What lies up to `end_bytes` goes over.
  void keep(std::uint64_t end_bytes) {
    if (splicer_ && splicer_->begin_run(layer_, offset_, end_bytes)) {
      read_to(end_bytes, [&](std::uint64_t most) { return splicer_->pass(most); });
      splicer_->end_run();
      return;
    }
    read_to(end_bytes, [&](std::uint64_t most) {
      const ByteView piece = piece_of(most);
      archive_.write(piece);
      return piece;
    });
  }

  void drop(std::uint64_t end_bytes) {
    read_to(end_bytes, [&](std::uint64_t most) { return piece_of(most); });
  }

  // The rest goes over; what was read must have been the archive of the index.
  void finish() {
    keep(layer_.archive_bytes);
    if (hasher_.finish() != layer_.diff_id.digest) {
      throw changed_archive(layer_, "is not what its index was made of");
    }
  }

 private:
  template <class Read>
  void read_to(std::uint64_t end_bytes, const Read& read) {
    while (offset_ < end_bytes) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      const ByteView piece = read(end_bytes - offset_);
      hasher_.update(piece);
      offset_ += piece.size();
      observer_.progress("write", "layer", offset_, layer_.archive_bytes);
    }
  }

  ByteView piece_of(std::uint64_t most_bytes) {
    ArchiveCursor& cursor = splicer_ ? splicer_->cursor() : *cursor_;
    const ByteView view = read_of_layer(layer_, [&] { return cursor.view_at(offset_); });
    if (view.empty()) throw changed_archive(layer_, "archive ends early");
    return view.first(static_cast<std::size_t>(std::min<std::uint64_t>(view.size(), most_bytes)));
  }

  const LayerIndex& layer_;
  ArchiveSink& archive_;
  Observer& observer_;
  std::stop_token stop_;
  BackgroundHasher hasher_;
  std::optional<RunSplicer> splicer_;
  std::unique_ptr<ArchiveCursor> cursor_;  // where nothing is spliced
  std::uint64_t offset_ = 0;
};

void write_members(const LayerSplice& splice, LayerCache& cache, ArchiveWalk& walk,
                   LayerOutput& output) {
  const LayerIndex& layer = *splice.layer;
  // So that whoever has the old layer can make the new one again, whatever the new members are of.
  MemberWriter writer(cache, output, MemberWriter::Runs::encoded);
  for (const auto& [position, member] : splice.exchanged) {
    const LayerEntry& entry = layer.entries.at(position);
    walk.keep(entry.member_offset_bytes());
    walk.drop(end_of_member(layer, entry, cache));
    if (member) writer.write_front(std::span(&*member, 1));
  }
  if (splice.added.empty()) return;
  if (!layer.entries.empty()) {
    walk.keep(end_of_member(layer, layer.entries.back(), cache));
  }
  for (std::span added(splice.added); !added.empty(); added = added.subspan(1)) {
    writer.write_front(added);
  }
}

LayerEntry entry_of(const PlannedMember& member, LayerIndex& index) {
  EntryFields entry;
  entry.kind = member.kind();
  entry.path = index.keep(member.path());
  entry.link_path = index.keep(member.link_path());
  if (member.inode() != nullptr) entry.inode = fields_of(*member.inode());
  return index.keep(entry);
}

}  // namespace

WrittenLayer write_spliced_layer(BlobStore& blobs, const LayerSplice& splice, LayerCache& cache,
                                 Workers& workers, Observer& observer,
                                 const EncoderOptions& encoder, MediaFamily family,
                                 const std::stop_token& stop) {
  LayerOutput output(blobs, workers, encoder, family, stop);
  ArchiveWalk walk(*splice.layer, cache, output, workers, observer, stop);
  write_members(splice, cache, walk, output);
  walk.finish();
  return output.finish();
}

std::shared_ptr<const LayerIndex> spliced_entries(const LayerSplice& splice) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::memory;
  const std::vector<LayerEntry>& entries = splice.layer->entries;
  for (std::size_t position = 0; position < entries.size(); ++position) {
    const auto found = splice.exchanged.find(position);
    if (found == splice.exchanged.end()) {
      index->entries.push_back(index->keep(fields_of(entries[position])));
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
