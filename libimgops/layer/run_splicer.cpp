// The cursor tells each block when it decoded its last byte, somewhat ahead of what is read. Bytes
// that were read wait here until it is known whose they are:
//
//     run_begin …… sent ………………… at ………………… run_end
//                  └ waiting: of a block not yet told, or not yet read whole
//
// A block may go over when the 32 KiB before it, or all of its stream before it, lie in the run:
// these bytes came over as they were, so every match finds what it found. It is decided block by
// block, by offsets alone. One that ends with the run would be told or not as the cursor's pieces
// end, which depends on where it started: it is encoded.
#include "libimgops/layer/run_splicer.hpp"

#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/segment_decoder.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t window_bytes = 32 << 10;
// No block that is told has more (Decoder::watch_blocks).
constexpr std::uint64_t block_limit_bytes = 1 << 20;
// Around what is spliced the encoder starts anew, which costs it more than it gains on less.
constexpr std::uint64_t worthwhile_bytes = 32 << 10;
// How far ahead of what is read a cursor decodes, at most.
constexpr std::uint64_t ahead_bytes = 256 << 10;

// All blocks that go over may be this much larger than what we would make of them, by samples of
// each source: its first block, then one whenever twice as many passed, at last one in many. What
// comes first in an archive is no measure of the rest.
constexpr std::uint64_t tolerated_percent = 102;
constexpr std::uint64_t tolerated_first_percent = 104;
constexpr std::uint64_t first_samples = 3;
constexpr std::uint64_t refused_sample_distance = 64;  // blocks
constexpr std::uint64_t sample_distance = 512;

}  // namespace

bool RunSplicer::enter(const LayerIndex& layer) {
  leave_layer();
  if (!entered_.insert(&layer).second) return false;
  // A cursor of its own: it tells of every block from where it starts.
  std::unique_ptr<ArchiveCursor> cursor = ahead_.cursor(layer);
  if (cursor == nullptr) cursor = cache_.cursor(layer);
  if (!cursor->watch_blocks(this)) return false;
  cursor_ = std::move(cursor);
  layer_ = &layer;
  return true;
}

void RunSplicer::leave_layer() {
  cursor_ = nullptr;
  layer_ = nullptr;
  blocks_.clear();
  at_ = 0;
  sent_ = 0;
  blocks_to_sample_ = 0;
  samples_ = 0;
  seen_blocks_ = 0;
  sampled_bytes_ = 0;
  encoded_bytes_ = 0;
}

bool RunSplicer::may_begin(const LayerIndex& layer, std::uint64_t begin_bytes) {
  if (layer_ != &layer && !enter(layer)) return false;
  return begin_bytes >= at_;
}

bool RunSplicer::begin_run(const LayerIndex& layer, std::uint64_t begin_bytes,
                           std::uint64_t end_bytes) {
  if (!may_begin(layer, begin_bytes)) return false;
  is_in_run_ = true;
  run_begin_ = begin_bytes;
  run_end_ = end_bytes;
  at_ = begin_bytes;
  sent_ = begin_bytes;
  spliced_to_ = 0;
  stream_is_known_ = false;
  kept_.clear();
  kept_from_ = begin_bytes;
  return true;
}

void RunSplicer::block(DeflateBlock block) {
  if (block.size_bytes < least_block_bytes || block.archive_offset_bytes < sent_) return;
  // Between runs only those of the piece in hand may still be of use.
  while (!is_in_run_ && !blocks_.empty() &&
         blocks_.front().archive_offset_bytes + ahead_bytes < block.archive_offset_bytes) {
    blocks_.pop_front();
  }
  blocks_.push_back(std::move(block));
}

ByteView RunSplicer::pass(std::uint64_t most_bytes) {
  const ByteView view = read_of_layer(*layer_, [&] { return cursor_->view_at(at_); });
  if (view.empty()) throw changed_archive(*layer_, "archive ends early");
  const ByteView piece =
      view.first(static_cast<std::size_t>(std::min<std::uint64_t>(view.size(), most_bytes)));
  archive_.hash(piece);
  kept_ += as_text(piece);
  at_ += piece.size();
  settle();
  return piece;
}

void RunSplicer::end_run() {
  settle();
  encode_to(at_);
  is_in_run_ = false;
}

void RunSplicer::settle() {
  while (!blocks_.empty()) {
    DeflateBlock& block = blocks_.front();
    const std::uint64_t begin = block.archive_offset_bytes;
    if (begin >= sent_ && begin + block.size_bytes > at_) break;
    DeflateBlock told = std::move(block);
    blocks_.pop_front();
    if (begin >= sent_) settle_block(std::move(told));
  }
  // A block that begins earlier would have been told by now.
  std::uint64_t surely_encoded = at_ > block_limit_bytes ? at_ - block_limit_bytes : 0;
  if (!blocks_.empty()) {
    surely_encoded = std::min(surely_encoded, blocks_.front().archive_offset_bytes);
  }
  if (surely_encoded > sent_) encode_to(surely_encoded);
}

void RunSplicer::settle_block(DeflateBlock block) {
  const std::uint64_t begin = block.archive_offset_bytes;
  const std::uint64_t end = begin + block.size_bytes;
  if (block.begins_stream) stream_is_known_ = true;
  if (!may_be_spliced(block) || !pays(block)) {
    encode_to(end);
    return;
  }
  encode_to(begin);
  encoder_.splice(std::move(block), kept(begin, end));
  sent_ = end;
  spliced_to_ = end;
  forget_before(sent_);
}

bool RunSplicer::may_be_spliced(const DeflateBlock& block) const {
  const std::uint64_t begin = block.archive_offset_bytes;
  if (begin + block.size_bytes >= run_end_) return false;
  if (!stream_is_known_ && begin < run_begin_ + window_bytes) return false;
  return begin == spliced_to_ || run_end_ - begin >= worthwhile_bytes;
}

// What earlier sources had to spare is this one's to spend: a source of ours alone may well be
// above the average.
bool RunSplicer::pays(const DeflateBlock& block) {
  if (blocks_to_sample_ == 0) sample(block);
  --blocks_to_sample_;
  ++seen_blocks_;
  const std::uint64_t size = block.bytes.size();
  const std::uint64_t encoded = size * encoded_bytes_ / sampled_bytes_;
  const bool is_first = samples_ < first_samples;
  const std::uint64_t tolerated = is_first ? tolerated_first_percent : tolerated_percent;
  const bool does =
      100 * size <= tolerated * encoded ||
      100 * (spliced_bytes_ + size) <= tolerated_percent * (spliced_as_encoded_bytes_ + encoded);
  if (does) {
    spliced_bytes_ += size;
    spliced_as_encoded_bytes_ += encoded;
  } else if (!is_first) {
    blocks_to_sample_ = std::min(blocks_to_sample_, refused_sample_distance);
  }
  return does;
}

void RunSplicer::sample(const DeflateBlock& block) {
  const std::uint64_t begin = block.archive_offset_bytes;
  const std::uint64_t before = std::max(kept_from_, begin - std::min(begin, window_bytes));
  // Half of what is told comes from the last sample, as half of the blocks did that it stands for.
  sampled_bytes_ = sampled_bytes_ / 2 + block.bytes.size();
  encoded_bytes_ =
      encoded_bytes_ / 2 +
      encoder_.encoded_size(kept(before, begin), kept(begin, begin + block.size_bytes));
  ++samples_;
  blocks_to_sample_ = std::clamp<std::uint64_t>(seen_blocks_, 1, sample_distance);
}

void RunSplicer::encode_to(std::uint64_t offset) {
  if (offset <= sent_) return;
  encoder_.write(kept(sent_, offset));
  sent_ = offset;
  forget_before(sent_);
}

ByteView RunSplicer::kept(std::uint64_t from, std::uint64_t to) const {
  return as_bytes(std::string_view(kept_).substr(static_cast<std::size_t>(from - kept_from_),
                                                 static_cast<std::size_t>(to - from)));
}

// But the window before it, for samples; and not at every step, since what stays is moved.
void RunSplicer::forget_before(std::uint64_t offset) {
  const std::uint64_t count = offset - kept_from_;
  if (count < 4 * window_bytes) return;
  kept_.erase(0, static_cast<std::size_t>(count - window_bytes));
  kept_from_ = offset - window_bytes;
}

}  // namespace imgops
