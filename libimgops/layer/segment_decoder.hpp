// A part of an archive between two places where its decoder can start, decoded at once. Private to
// `layer`.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/checkpoint_table.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace imgops {

// A blob that holds an archive, and where its decoder can start in it.
struct StoredArchive {
  std::shared_ptr<const RandomAccess> blob;
  Compression compression = Compression::none;
  std::uint64_t archive_bytes = 0;
  std::shared_ptr<const CheckpointTable> checkpoints;
};

// Smaller blocks are not worth splicing; and there is no end to them in a stranger's archive, so
// that nobody keeps them.
inline constexpr std::uint64_t least_block_bytes = 1 << 10;

// [begin, end) of an archive: from one checkpoint, or the archive's front, to another or its end.
struct SegmentRange {
  std::uint64_t begin_bytes = 0;
  std::uint64_t end_bytes = 0;
};

// Memory for decoded bytes, used again and again. Thread-safe.
class PiecePool {
 public:
  static constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
  using Piece = std::unique_ptr<std::byte[]>;

  Piece take();
  void give_back(Piece piece);

 private:
  std::mutex mutex_;
  std::vector<Piece> idle_;
};

struct DecodedSegment {
  SegmentRange range;
  std::deque<PiecePool::Piece> pieces;  // of piece_bytes each but the last
  // Those of at least least_block_bytes that begin in the range, the last of which may end behind
  // it, by offset. Of those that begin where two segments meet the second has the first ones of a
  // stream, the first has others.
  std::vector<DeflateBlock> blocks;
};

// All of the archive, in order; none when one of them is too large to be decoded at once.
std::vector<SegmentRange> segments_of(const StoredArchive& archive);

// A checkpoint that is not what it was costs time only: an earlier one is taken. Throws what the
// decoder throws, and Error(corrupt) when the archive ends before the range does. Blocks are of
// gzip alone.
DecodedSegment decode_segment(const StoredArchive& archive, SegmentRange range, PiecePool& pool);

}  // namespace imgops
