#include "libimgops/layer/read_ahead.hpp"

#include "libimgops/layer/archive_cursor.hpp"

#include <algorithm>
#include <deque>
#include <future>
#include <utility>
#include <vector>

namespace imgops {
namespace {

constexpr std::size_t most_ahead = 2;  // segments, beside the one being read

struct Expected {
  const LayerIndex* layer = nullptr;
  SegmentRange range;

  bool holds(const LayerIndex& wanted, std::uint64_t offset) const {
    return layer == &wanted && offset >= range.begin_bytes && offset < range.end_bytes;
  }
};

struct Begun {
  Expected what;
  // The task's, too: one that is dropped is not waited for.
  std::shared_ptr<DecodedSegment> segment;
  std::future<void> done;
};

// What is at hand of the layer asked about last.
struct Opened {
  const LayerIndex* layer = nullptr;
  std::shared_ptr<const StoredArchive> archive;
  std::vector<SegmentRange> segments;  // none: it is not decoded in parts

  // The first that ends behind `offset`.
  auto first_behind(std::uint64_t offset) const {
    return std::ranges::upper_bound(segments, offset, {}, &SegmentRange::end_bytes);
  }
};

}  // namespace

struct ReadAhead::State {
  State(LayerCache& of, Workers& by) : cache(of), workers(by) {}

  LayerCache& cache;
  Workers& workers;
  std::shared_ptr<PiecePool> pool = std::make_shared<PiecePool>();
  std::deque<Begun> begun;
  std::deque<Expected> expected;  // after those
  Opened opened;

  const Opened& open(const LayerIndex& layer);
  DecodedSegment take(const LayerIndex& layer, std::uint64_t offset);

 private:
  bool drop_before(const LayerIndex& layer, std::uint64_t offset);
  void begin_more();
};

const Opened& ReadAhead::State::open(const LayerIndex& layer) {
  if (opened.layer == &layer) return opened;
  opened = Opened{&layer, std::make_shared<const StoredArchive>(cache.archive(layer)), {}};
  if (opened.archive->compression == Compression::gzip) {
    opened.segments = segments_of(*opened.archive);
  }
  return opened;
}

// The segment with the byte at `offset`, whether or not it was expected.
DecodedSegment ReadAhead::State::take(const LayerIndex& layer, std::uint64_t offset) {
  if (!drop_before(layer, offset)) {
    const Opened& from = open(layer);
    return decode_segment(*from.archive, *from.first_behind(offset), *pool);
  }
  begin_more();
  Begun next = std::move(begun.front());
  begun.pop_front();
  begin_more();
  workers.wait(next.done);
  return std::move(*next.segment);
}

// What was expected before that byte will not be read. False, and nothing is dropped, when the byte
// was not expected.
bool ReadAhead::State::drop_before(const LayerIndex& layer, std::uint64_t offset) {
  const auto holds = [&](const Expected& one) { return one.holds(layer, offset); };
  const auto found = std::ranges::find_if(begun, holds, &Begun::what);
  if (found != begun.end()) {
    begun.erase(begun.begin(), found);
    return true;
  }
  const auto later = std::ranges::find_if(expected, holds);
  if (later == expected.end()) return false;
  begun.clear();
  expected.erase(expected.begin(), later);
  return true;
}

void ReadAhead::State::begin_more() {
  const std::size_t most = std::min(workers.size(), most_ahead);
  while (!expected.empty() && begun.size() < most) {
    const Expected what = expected.front();
    expected.pop_front();
    auto segment = std::make_shared<DecodedSegment>();
    std::future<void> done =
        workers.submit([segment, range = what.range, from = open(*what.layer).archive,
                        memory = pool] { *segment = decode_segment(*from, range, *memory); });
    begun.push_back(Begun{what, std::move(segment), std::move(done)});
  }
}

class ReadAhead::Cursor final : public ArchiveCursor {
 public:
  Cursor(std::shared_ptr<State> state, const LayerIndex& layer)
      : state_(std::move(state)), layer_(layer) {}
  ~Cursor() override { drop_pieces(segment_.pieces.size()); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
    return read_views(*this, offset, buffer);
  }

  ByteView view_at(std::uint64_t offset) override {
    if (offset >= layer_.archive_bytes) return {};
    if (offset < piece_offset_ || offset >= segment_.range.end_bytes) go_to(offset);
    while (offset >= piece_end()) {
      drop_pieces(1);
      tell_blocks();
    }
    return ByteView(segment_.pieces.front().get(), piece_end() - piece_offset_)
        .subspan(static_cast<std::size_t>(offset - piece_offset_));
  }

  bool watch_blocks(BlockWatcher* watcher) override {
    watcher_ = watcher;
    return true;
  }

 private:
  std::uint64_t piece_end() const {
    return std::min(piece_offset_ + PiecePool::piece_bytes, segment_.range.end_bytes);
  }

  void go_to(std::uint64_t offset) {
    drop_pieces(segment_.pieces.size());
    const std::uint64_t left = segment_.range.end_bytes;
    segment_ = DecodedSegment{};
    segment_ = state_->take(layer_, offset);
    piece_offset_ = segment_.range.begin_bytes;
    if (piece_offset_ != left) blocks_.clear();
    std::ranges::move(segment_.blocks, std::back_inserter(blocks_));
    segment_.blocks = {};
    tell_blocks();
  }

  void drop_pieces(std::size_t count) {
    for (; count > 0; --count) {
      state_->pool->give_back(std::move(segment_.pieces.front()));
      segment_.pieces.pop_front();
      piece_offset_ += PiecePool::piece_bytes;
    }
  }

  // Those that end in the piece in hand, or before it.
  void tell_blocks() {
    while (!blocks_.empty() &&
           blocks_.front().archive_offset_bytes + blocks_.front().size_bytes <= piece_end()) {
      if (watcher_ != nullptr) watcher_->block(std::move(blocks_.front()));
      blocks_.pop_front();
    }
  }

  std::shared_ptr<State> state_;
  const LayerIndex& layer_;
  BlockWatcher* watcher_ = nullptr;
  DecodedSegment segment_;           // its pieces from the one in hand on
  std::uint64_t piece_offset_ = 0;   // in the archive
  std::deque<DeflateBlock> blocks_;  // not yet told
};

ReadAhead::ReadAhead(LayerCache& cache, Workers& workers)
    : state_(std::make_shared<State>(cache, workers)) {}
ReadAhead::~ReadAhead() = default;

void ReadAhead::expect(const LayerIndex& layer, std::uint64_t begin_bytes,
                       std::uint64_t end_bytes) {
  auto& expected = state_->expected;
  if (!expected.empty() && expected.back().layer == &layer) {
    begin_bytes = std::max(begin_bytes, expected.back().range.end_bytes);
  }
  if (begin_bytes >= end_bytes) return;
  const Opened& opened = state_->open(layer);
  for (auto segment = opened.first_behind(begin_bytes);
       segment != opened.segments.end() && segment->begin_bytes < end_bytes; ++segment) {
    expected.push_back({&layer, *segment});
  }
}

std::unique_ptr<ArchiveCursor> ReadAhead::cursor(const LayerIndex& layer) {
  const auto is_of_layer = [&](const Expected& one) { return one.layer == &layer; };
  if (std::ranges::none_of(state_->begun, is_of_layer, &Begun::what) &&
      std::ranges::none_of(state_->expected, is_of_layer)) {
    return nullptr;
  }
  return std::make_unique<Cursor>(state_, layer);
}

}  // namespace imgops
