// Inflates into a buffer of its own, behind the last 32 KiB, so that a match may always go back
// that far; never further than it was asked for, so that nothing waits there between two reads and
// a state is: the inflater's, the checksum, and those 32 KiB.
#include "libimgops/codec/deflate_engine.hpp"
#include "libimgops/codec/inflater.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <isa-l/crc.h>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = std::size_t{128} * 1024;
constexpr std::size_t numbers_bytes = 12;  // at the front of a state

// Blocks that are too long are of no use to a watcher, and there may be no end to them.
constexpr std::size_t watched_block_limit_bytes = std::size_t{1} << 20U;

class OwnEngine final : public DeflateEngine {
 public:
  OwnEngine() : buffer_(Inflater::window_bytes + piece_bytes) {}

  void reset(std::uint64_t archive_offset_bytes) override {
    inflater_.reset();
    checksum_ = 0;
    start_ = 0;
    at_ = 0;
    archive_offset_ = archive_offset_bytes;
    stream_start_ = archive_offset_bytes;
    is_block_start_ = true;
    ended_ = false;
  }

  std::size_t read(BlobInput& input, std::span<std::byte> buffer) override {
    std::size_t count = 0;
    while (count < buffer.size() && !ended_) {
      const ByteView piece = inflate_piece(input, buffer.size() - count);
      std::memcpy(buffer.data() + count, piece.data(), piece.size());
      count += piece.size();
    }
    return count;
  }

  std::uint32_t checksum() const override { return checksum_; }

  // checksum | sizes of what follows | the inflater's state | the window
  void save(std::string& state) const override {
    const std::string inflater = inflater_.save();
    append_number(state, checksum_);
    const std::size_t window = std::min(at_ - start_, Inflater::window_bytes);
    append_number(state, static_cast<std::uint32_t>(inflater.size()));
    append_number(state, static_cast<std::uint32_t>(window));
    state += inflater;
    state += as_text(ByteView(buffer_).subspan(at_ - window, window));
  }

  bool restore(std::string_view state, std::uint64_t archive_offset_bytes) override {
    if (state.size() < numbers_bytes) return false;
    const std::uint64_t inflater_bytes = number_at(state, 4);
    const std::uint64_t window_bytes = number_at(state, 8);
    const std::string_view rest = state.substr(numbers_bytes);
    if (window_bytes > Inflater::window_bytes || inflater_bytes + window_bytes != rest.size()) {
      return false;
    }
    const std::string_view window = rest.substr(inflater_bytes);
    if (!inflater_.restore(rest.substr(0, inflater_bytes))) return false;
    checksum_ = number_at(state, 0);
    start_ = 0;
    at_ = window.size();
    std::ranges::copy(as_bytes(window), buffer_.begin());
    archive_offset_ = archive_offset_bytes;
    stream_start_ = UINT64_MAX;  // somewhere before
    is_block_start_ = false;
    ended_ = false;
    return true;
  }

  void watch_blocks(BlockWatcher* watcher) override {
    watcher_ = watcher;
    is_kept_ = false;
  }

  std::optional<std::uint64_t> watched_block() const override {
    if (is_kept_) return block_.archive_offset_bytes;
    if (is_block_start_ && watcher_ != nullptr) return archive_offset_;
    return std::nullopt;
  }

 private:
  static void append_number(std::string& state, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      state += static_cast<char>(static_cast<unsigned char>(number >> shift));
    }
  }
  static std::uint32_t number_at(std::string_view state, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 4; i-- > 0;) {
      number = number << 8U | static_cast<unsigned char>(state[at + i]);
    }
    return number;
  }

  // Up to `most` bytes, at most to the end of the block or of the buffer; maybe none.
  ByteView inflate_piece(BlobInput& input, std::size_t most) {
    if (at_ == buffer_.size()) slide();
    if (std::exchange(is_block_start_, false)) begin_block();
    const bool is_last = !input.fill(Inflater::unit_limit_bytes);
    const ByteView waiting = input.waiting();
    ByteView rest = waiting;
    InflateSpace space{buffer_.data() + start_, buffer_.data() + at_,
                       buffer_.data() + at_ + std::min(most, buffer_.size() - at_)};
    const Inflater::Stop stop = inflater_.inflate(rest, is_last, space);
    const ByteView taken = waiting.first(waiting.size() - rest.size());
    const ByteView made(buffer_.data() + at_, space.next);
    if (is_kept_) keep(taken, made.size());
    input.take(taken.size());
    at_ += made.size();
    archive_offset_ += made.size();
    checksum_ = crc32_gzip_refl(checksum_, reinterpret_cast<const unsigned char*>(made.data()),
                                made.size());
    switch (stop) {
      case Inflater::Stop::space_full:
      case Inflater::Stop::input_low:
        break;
      case Inflater::Stop::block_end:
      case Inflater::Stop::stream_end:
        if (std::exchange(is_kept_, false)) tell_block();
        ended_ = stop == Inflater::Stop::stream_end;
        is_block_start_ = !ended_;
        break;
      case Inflater::Stop::cut:
        refuse_gzip("gzip stream ends early");
      case Inflater::Stop::damaged:
        refuse_gzip("gzip stream is damaged");
    }
    return made;
  }

  void slide() {
    const std::size_t window = std::min(at_ - start_, Inflater::window_bytes);
    std::memmove(buffer_.data(), buffer_.data() + at_ - window, window);
    start_ = 0;
    at_ = window;
  }

  void begin_block() {
    if (watcher_ == nullptr) return;
    is_kept_ = true;
    block_ = DeflateBlock{};
    block_.archive_offset_bytes = archive_offset_;
    block_.begins_stream = archive_offset_ == stream_start_;
    const unsigned unused = inflater_.unused_bits();
    if (unused == 0) return;
    block_.first_bit = 8 - unused;
    block_.bytes.push_back(static_cast<char>(inflater_.unused_value() << block_.first_bit));
  }

  void keep(ByteView taken, std::size_t made) {
    block_.bytes += as_text(taken);
    block_.size_bytes += made;
    if (block_.size_bytes <= watched_block_limit_bytes &&
        block_.bytes.size() <= 2 * watched_block_limit_bytes) {
      return;
    }
    is_kept_ = false;
    block_ = DeflateBlock{};
  }

  void tell_block() {
    block_.bit_count = 8 * block_.bytes.size() - block_.first_bit - inflater_.unused_bits();
    block_.is_stored = inflater_.is_stored_block();
    watcher_->block(std::move(block_));
  }

  Inflater inflater_;
  std::uint32_t checksum_ = 0;
  std::vector<std::byte> buffer_;
  std::size_t start_ = 0;             // in it, of what matches may go back to
  std::size_t at_ = 0;                // of the next byte
  std::uint64_t archive_offset_ = 0;  // of that byte
  std::uint64_t stream_start_ = 0;    // in the archive
  bool ended_ = false;
  bool is_block_start_ = true;
  BlockWatcher* watcher_ = nullptr;
  bool is_kept_ = false;  // the block in hand, in block_
  DeflateBlock block_;
};

}  // namespace

std::unique_ptr<DeflateEngine> make_own_engine() {
  return std::make_unique<OwnEngine>();
}

std::string own_engine_version() {
  return "inflater-1";  // raise when Inflater::save() or the state here changes
}

}  // namespace imgops
