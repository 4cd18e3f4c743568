#include "libimgops/layer/segment_decoder.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace imgops {
namespace {

// Checkpoints of gzip are some 4 MiB apart; frames of zstd may have any size.
constexpr std::uint64_t segment_limit_bytes = 6 << 20;

// Between a checkpoint and the block that begins first, the rest of one whose begin nobody here
// saw: it is not told.
class BlockCollector final : public BlockWatcher {
 public:
  explicit BlockCollector(DecodedSegment& segment) : segment_(segment) {}

  void block(DeflateBlock block) override {
    if (block.size_bytes < least_block_bytes || !is_of_segment(block)) return;
    block.bytes.shrink_to_fit();  // many wait
    segment_.blocks.push_back(std::move(block));
  }

 private:
  bool is_of_segment(const DeflateBlock& block) const {
    const auto [begin, end] = segment_.range;
    const std::uint64_t at = block.archive_offset_bytes;
    return (at > begin && at < end) || at == (block.begins_stream ? begin : end);
  }

  DecodedSegment& segment_;
};

struct Start {
  std::unique_ptr<Decoder> decoder;
  std::uint64_t archive_offset_bytes = 0;
};

// A decoder at `offset_bytes`, or before it when it cannot be there.
Start start_at(const StoredArchive& archive, std::uint64_t offset_bytes) {
  const CheckpointPlace* place = archive.checkpoints->last_before(offset_bytes);
  while (place != nullptr && place->archive_offset_bytes > 0) {
    if (const std::optional<Checkpoint> checkpoint = archive.checkpoints->load(*place)) {
      return {resume_decoder(archive.compression, archive.blob, *checkpoint),
              place->archive_offset_bytes};
    }
    place = archive.checkpoints->last_before(place->archive_offset_bytes - 1);
  }
  return {make_decoder(archive.compression, archive.blob), 0};
}

void skip(Decoder& decoder, std::uint64_t count, std::span<std::byte> buffer) {
  while (count > 0) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer.size()));
    const std::size_t read = decoder.read(buffer.first(most));
    if (read == 0) throw Error(ErrorKind::corrupt, "archive ends early");
    count -= read;
  }
}

void fill(Decoder& decoder, std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const std::size_t read = decoder.read(buffer);
    if (read == 0) throw Error(ErrorKind::corrupt, "archive ends early");
    buffer = buffer.subspan(read);
  }
}

}  // namespace

PiecePool::Piece PiecePool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Piece piece = std::move(idle_.back());
      idle_.pop_back();
      return piece;
    }
  }
  return std::make_unique_for_overwrite<std::byte[]>(piece_bytes);
}

void PiecePool::give_back(Piece piece) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(piece));
}

std::vector<SegmentRange> segments_of(const StoredArchive& archive) {
  std::vector<SegmentRange> segments;
  std::uint64_t begin = 0;
  const auto add_to = [&](std::uint64_t end) {
    if (end > begin) segments.push_back({begin, end});
    begin = std::max(begin, end);
  };
  for (const CheckpointPlace& place : archive.checkpoints->places()) {
    add_to(std::min(place.archive_offset_bytes, archive.archive_bytes));
  }
  add_to(archive.archive_bytes);
  const bool is_too_large = std::ranges::any_of(segments, [](const SegmentRange& segment) {
    return segment.end_bytes - segment.begin_bytes > segment_limit_bytes;
  });
  if (is_too_large) segments.clear();
  return segments;
}

DecodedSegment decode_segment(const StoredArchive& archive, SegmentRange range, PiecePool& pool) {
  DecodedSegment segment;
  segment.range = range;
  Start start = start_at(archive, range.begin_bytes);
  BlockCollector collector(segment);
  start.decoder->watch_blocks(&collector);
  PiecePool::Piece piece = pool.take();
  skip(*start.decoder, range.begin_bytes - start.archive_offset_bytes,
       std::span(piece.get(), PiecePool::piece_bytes));
  std::uint64_t left = range.end_bytes - range.begin_bytes;
  while (left > 0) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, PiecePool::piece_bytes));
    fill(*start.decoder, std::span(piece.get(), size));
    segment.pieces.push_back(std::exchange(piece, pool.take()));
    left -= size;
  }
  // Whoever goes on from here does not see the begin of the block in hand.
  const std::span<std::byte> beyond(piece.get(), PiecePool::piece_bytes / 8);
  for (auto begin = start.decoder->watched_block();
       begin && *begin <= range.end_bytes && start.decoder->read(beyond) > 0;
       begin = start.decoder->watched_block()) {
  }
  pool.give_back(std::move(piece));
  return segment;
}

}  // namespace imgops
