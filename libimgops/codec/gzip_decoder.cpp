// Members one after the other. We read a member's header and trailer ourselves, byte by byte; ISA-L
// inflates what lies between:
//
//   1f 8b 08 flags mtime[4] xfl os [extra] [name] [comment] [header check] | deflate | crc32 isize
//
// ISA-L may hold up to eight bytes more than the deflate stream has; they are given back to the
// input when the stream ends, so that the trailer and the next member are read from one place. Its
// state holds the window and all bytes it was handed, so a copy of it, with the offset of the first
// byte not handed, is a place to start again. Between two members no copy is needed.

#include "libimgops/base/error.hpp"
#include "libimgops/codec/blob_input.hpp"
#include "libimgops/codec/decoders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include <isa-l.h>

namespace imgops {
namespace {

constexpr int state_format = 1;  // raise when SavedPosition or its meaning changes

enum class Place : std::uint32_t { start, deflate, after_member };

// A checkpoint's state: this and, inside a member's deflate stream, a whole inflate_state.
struct SavedPosition {
  Place place = Place::start;
  std::uint32_t member_size_bytes = 0;  // decoded so far, modulo 2^32, as the trailer counts
};

static_assert(std::is_trivially_copyable_v<inflate_state>);
static_assert(sizeof(SavedPosition) + sizeof(inflate_state) <=
              std::size_t{96} * 1024);  // codec.hpp says so

[[noreturn]] void fail(const char* what) {
  throw Error(reject(DiagnosticCode::codec_check, "S08", what));
}

class MemberHeader {
 public:
  // Takes the header's bytes from `input`, the first two being known to be right.
  explicit MemberHeader(BlobInput& input) : input_(input) {}

  void read() {
    std::array<unsigned, 10> fixed{};
    for (unsigned& value : fixed) value = next();
    const unsigned flags = fixed[3];
    if (fixed[2] != 8) fail("gzip member with an unknown method");
    if ((flags & reserved) != 0) fail("gzip member with unknown flags");
    if ((flags & extra) != 0) {
      unsigned length = next();
      length |= next() << 8;
      for (; length > 0; --length) next();
    }
    if ((flags & name) != 0) skip_text();
    if ((flags & comment) != 0) skip_text();
    if ((flags & header_check) != 0) verify();
  }

 private:
  static constexpr unsigned header_check = 2;
  static constexpr unsigned extra = 4;
  static constexpr unsigned name = 8;
  static constexpr unsigned comment = 16;
  static constexpr unsigned reserved = 0xe0;

  unsigned next() {
    const std::optional<std::byte> byte = input_.take_byte();
    if (!byte) fail("gzip stream ends early");
    const auto value = std::to_integer<unsigned char>(*byte);
    checksum_ = crc32_gzip_refl(checksum_, &value, 1);
    return value;
  }

  void skip_text() {
    while (next() != 0) {
    }
  }

  void verify() {
    const unsigned expected = checksum_ & 0xffff;
    unsigned found = next();
    found |= next() << 8;
    if (found != expected) fail("gzip member whose header check is wrong");
  }

  BlobInput& input_;
  std::uint32_t checksum_ = 0;
};

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder(std::unique_ptr<Source> blob, const Checkpoint& start)
      : input_(std::move(blob), start.blob_offset_bytes),
        archive_offset_(start.archive_offset_bytes),
        inflate_(std::make_unique<inflate_state>()) {
    if (!start.state.empty()) {
      restore(start.state);
    } else if (start.archive_offset_bytes != 0 || start.blob_offset_bytes != 0) {
      refuse_checkpoint();
    }
  }

  std::size_t read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    std::size_t count = 0;
    while (count == 0) {
      if (position_.place != Place::deflate && !begin_member()) return 0;
      count = inflate(buffer);
      if (count == 0) end_member();
    }
    archive_offset_ += count;
    return count;
  }

  bool save(Checkpoint& checkpoint) const override {
    checkpoint.archive_offset_bytes = archive_offset_;
    checkpoint.blob_offset_bytes = input_.offset_bytes();
    checkpoint.state.clear();
    if (position_.place == Place::start) return true;
    const bool inside = position_.place == Place::deflate;
    checkpoint.state.resize(sizeof position_ + (inside ? sizeof *inflate_ : 0));
    std::memcpy(checkpoint.state.data(), &position_, sizeof position_);
    if (inside) {
      std::memcpy(checkpoint.state.data() + sizeof position_, inflate_.get(), sizeof *inflate_);
    }
    return true;
  }

 private:
  [[noreturn]] static void refuse_checkpoint() {
    throw Error(ErrorKind::corrupt, "checkpoint: not of a gzip blob");
  }

  void restore(const std::string& state) {
    if (state.size() < sizeof position_) refuse_checkpoint();
    std::memcpy(&position_, state.data(), sizeof position_);
    const bool inside = position_.place == Place::deflate;
    if (!inside && position_.place != Place::after_member) refuse_checkpoint();
    if (state.size() != sizeof position_ + (inside ? sizeof *inflate_ : 0)) refuse_checkpoint();
    if (!inside) return;
    std::memcpy(inflate_.get(), state.data() + sizeof position_, sizeof *inflate_);
    forget_buffers();
  }

  // Between two calls ISA-L is given nothing, and a checkpoint holds no addresses.
  void forget_buffers() {
    inflate_->next_in = nullptr;
    inflate_->avail_in = 0;
    inflate_->next_out = nullptr;
    inflate_->avail_out = 0;
  }

  // False at the end of the blob.
  bool begin_member() {
    const bool first = position_.place == Place::start;
    const bool enough = input_.fill(2);
    if (!enough && input_.waiting().empty()) {
      if (first) fail("gzip stream ends early");
      return false;
    }
    if (!enough || !as_text(input_.waiting()).starts_with("\x1f\x8b")) {
      if (first) fail("not a gzip stream");
      throw Error(reject(DiagnosticCode::codec_trailing, "S07", "bytes after the gzip stream"));
    }
    MemberHeader(input_).read();
    isal_inflate_reset(inflate_.get());
    inflate_->crc_flag = ISAL_GZIP_NO_HDR;  // raw deflate, and the crc of what comes out
    position_ = SavedPosition{Place::deflate, 0};
    return true;
  }

  // Fills `buffer` as far as the member goes; 0 when all of it came out.
  std::size_t inflate(std::span<std::byte> buffer) {
    constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
    std::size_t count = 0;
    while (count < std::min(buffer.size(), most) && inflate_->block_state != ISAL_BLOCK_FINISH) {
      count += inflate_once(buffer.first(std::min(buffer.size(), most)).subspan(count));
    }
    position_.member_size_bytes += static_cast<std::uint32_t>(count);
    return count;
  }

  std::size_t inflate_once(std::span<std::byte> buffer) {
    const bool more = input_.fill(1);
    const ByteView waiting = input_.waiting();
    // ISA-L's interface lacks the const; it does not write here.
    inflate_->next_in =
        const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(waiting.data()));
    inflate_->avail_in = static_cast<std::uint32_t>(waiting.size());
    inflate_->next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    inflate_->avail_out = static_cast<std::uint32_t>(buffer.size());
    const int status = isal_inflate(inflate_.get());
    const std::size_t taken = waiting.size() - inflate_->avail_in;
    const std::size_t made = buffer.size() - inflate_->avail_out;
    forget_buffers();
    if (status < 0) fail("gzip stream is damaged");
    input_.take(taken);
    if (taken == 0 && made == 0 && inflate_->block_state != ISAL_BLOCK_FINISH) {
      fail(more ? "gzip stream is damaged" : "gzip stream ends early");
    }
    return made;
  }

  void end_member() {
    const auto left = static_cast<std::size_t>(inflate_->read_in_length) / 8;
    // The oldest byte is the lowest; below it are the bits that fill up the stream's last byte.
    const std::uint64_t bits = inflate_->read_in >> (inflate_->read_in_length % 8);
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = 0; i < left; ++i) bytes.at(i) = static_cast<std::byte>(bits >> (8 * i));
    input_.give_back(ByteView(bytes).first(left));
    if (take_number() != inflate_->crc) fail("gzip member whose checksum is wrong");
    if (take_number() != position_.member_size_bytes) fail("gzip member whose length is wrong");
    position_ = SavedPosition{Place::after_member, 0};
  }

  std::uint32_t take_number() {
    std::uint32_t number = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
      const std::optional<std::byte> byte = input_.take_byte();
      if (!byte) fail("gzip stream ends early");
      number |= std::to_integer<std::uint32_t>(*byte) << shift;
    }
    return number;
  }

  BlobInput input_;
  std::uint64_t archive_offset_;
  SavedPosition position_;
  std::unique_ptr<inflate_state> inflate_;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder(std::unique_ptr<Source> blob, const Checkpoint& start) {
  return std::make_unique<GzipDecoder>(std::move(blob), start);
}

std::string gzip_decoder_version() {
  return fmt::format("isal-{}.{}.{}-{}-{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
                     ISAL_PATCH_VERSION, sizeof(inflate_state), state_format);
}

}  // namespace imgops
