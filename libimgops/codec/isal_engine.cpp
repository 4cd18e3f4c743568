// ISA-L may hold up to eight bytes more than the deflate stream has; they are given back to the
// input when the stream ends, so that the trailer and the next member are read from one place. Its
// state holds the window and all bytes it was handed, so a copy of it, with the offset of the first
// byte not handed, is a place to start again.
#include "libimgops/codec/deflate_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <type_traits>

#include <isa-l.h>

namespace imgops {
namespace {

static_assert(std::is_trivially_copyable_v<inflate_state>);
static_assert(sizeof(inflate_state) <= std::size_t{94} * 1024);  // deflate_engine.hpp says so

class IsalEngine final : public DeflateEngine {
 public:
  void reset(std::uint64_t) override {
    isal_inflate_reset(&inflate_);
    inflate_.crc_flag = ISAL_GZIP_NO_HDR;  // raw deflate, and the crc of what comes out
    ended_ = false;
  }

  std::size_t read(BlobInput& input, std::span<std::byte> buffer) override {
    constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
    buffer = buffer.first(std::min(buffer.size(), most));
    std::size_t count = 0;
    while (count < buffer.size() && inflate_.block_state != ISAL_BLOCK_FINISH) {
      count += inflate_once(input, buffer.subspan(count));
    }
    if (count == 0 && !ended_) give_back(input);
    return count;
  }

  std::uint32_t checksum() const override { return inflate_.crc; }

  void save(std::string& state) const override {
    state.append(reinterpret_cast<const char*>(&inflate_), sizeof inflate_);
  }

  bool restore(std::string_view state, std::uint64_t) override {
    if (state.size() != sizeof inflate_) return false;
    std::memcpy(&inflate_, state.data(), sizeof inflate_);
    forget_buffers();
    return true;
  }

  void watch_blocks(BlockWatcher*) override {}  // it cannot stop between them
  std::optional<std::uint64_t> watched_block() const override { return std::nullopt; }

 private:
  // Between two calls ISA-L is given nothing, and a state holds no addresses.
  void forget_buffers() {
    inflate_.next_in = nullptr;
    inflate_.avail_in = 0;
    inflate_.next_out = nullptr;
    inflate_.avail_out = 0;
  }

  std::size_t inflate_once(BlobInput& input, std::span<std::byte> buffer) {
    const bool more = input.fill(1);
    const ByteView waiting = input.waiting();
    // ISA-L's interface lacks the const; it does not write here.
    inflate_.next_in =
        const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(waiting.data()));
    inflate_.avail_in = static_cast<std::uint32_t>(waiting.size());
    inflate_.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    inflate_.avail_out = static_cast<std::uint32_t>(buffer.size());
    const int status = isal_inflate(&inflate_);
    const std::size_t taken = waiting.size() - inflate_.avail_in;
    const std::size_t made = buffer.size() - inflate_.avail_out;
    forget_buffers();
    if (status < 0) refuse_gzip("gzip stream is damaged");
    input.take(taken);
    if (taken == 0 && made == 0 && inflate_.block_state != ISAL_BLOCK_FINISH) {
      refuse_gzip(more ? "gzip stream is damaged" : "gzip stream ends early");
    }
    return made;
  }

  void give_back(BlobInput& input) {
    const auto left = static_cast<std::size_t>(inflate_.read_in_length) / 8;
    // The oldest byte is the lowest; below it are the bits that fill up the stream's last byte.
    const std::uint64_t bits = inflate_.read_in >> (inflate_.read_in_length % 8);
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = 0; i < left; ++i) bytes.at(i) = static_cast<std::byte>(bits >> (8 * i));
    input.give_back(ByteView(bytes).first(left));
    ended_ = true;
  }

  inflate_state inflate_{};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<DeflateEngine> make_isal_engine() {
  return std::make_unique<IsalEngine>();
}

std::string isal_engine_version() {
  return fmt::format("isal-{}.{}.{}-{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION,
                     sizeof(inflate_state));
}

}  // namespace imgops
