// Members one after the other. We read a member's header and trailer ourselves, byte by byte; an
// engine inflates what lies between:
//
//   1f 8b 08 flags mtime[4] xfl os [extra] [name] [comment] [header check] | deflate | crc32 isize
//
// Between two members a checkpoint needs no state of the engine.

#include "libimgops/base/error.hpp"
#include "libimgops/codec/blob_input.hpp"
#include "libimgops/codec/decoders.hpp"
#include "libimgops/codec/deflate_engine.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>

#include <isa-l/crc.h>

namespace imgops {
namespace {

constexpr int state_format = 2;  // raise when SavedPosition or its meaning changes

enum class Place : std::uint32_t { start, deflate, after_member };

// A checkpoint's state: this and, inside a member's deflate stream, the engine's state.
struct SavedPosition {
  Place place = Place::start;
  std::uint32_t member_size_bytes = 0;  // decoded so far, modulo 2^32, as the trailer counts
  InflateEngine engine = InflateEngine::own;
};

constexpr std::size_t saved_bytes = 9;  // place, size, engine

std::string encode(const SavedPosition& position) {
  std::string state(saved_bytes, '\0');
  std::memcpy(state.data(), &position.place, 4);
  std::memcpy(state.data() + 4, &position.member_size_bytes, 4);
  std::memcpy(state.data() + 8, &position.engine, 1);
  return state;
}

SavedPosition decode(std::string_view state) {
  SavedPosition position;
  std::memcpy(&position.place, state.data(), 4);
  std::memcpy(&position.member_size_bytes, state.data() + 4, 4);
  std::memcpy(&position.engine, state.data() + 8, 1);
  return position;
}

[[noreturn]] void fail(const char* what) {
  refuse_gzip(what);
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
  GzipDecoder(std::unique_ptr<Source> blob, const Checkpoint& start, InflateEngine engine)
      : input_(std::move(blob), start.blob_offset_bytes),
        archive_offset_(start.archive_offset_bytes),
        kind_(engine),
        engine_(engine == InflateEngine::own ? make_own_engine() : make_isal_engine()) {
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
      count = engine_->read(input_, buffer);
      if (count == 0) end_member();
    }
    position_.member_size_bytes += static_cast<std::uint32_t>(count);
    archive_offset_ += count;
    return count;
  }

  bool save(Checkpoint& checkpoint) const override {
    checkpoint.archive_offset_bytes = archive_offset_;
    checkpoint.blob_offset_bytes = input_.offset_bytes();
    checkpoint.state.clear();
    if (position_.place == Place::start) return true;
    checkpoint.state = encode(position_);
    if (position_.place == Place::deflate) engine_->save(checkpoint.state);
    return true;
  }

  void watch_blocks(BlockWatcher* watcher) override { engine_->watch_blocks(watcher); }

  std::optional<std::uint64_t> watched_block() const override {
    return position_.place == Place::deflate ? engine_->watched_block() : std::nullopt;
  }

 private:
  [[noreturn]] static void refuse_checkpoint() {
    throw Error(ErrorKind::corrupt, "checkpoint: not of a gzip blob");
  }

  void restore(std::string_view state) {
    if (state.size() < saved_bytes) refuse_checkpoint();
    position_ = decode(state);
    state.remove_prefix(saved_bytes);
    if (position_.engine != kind_) refuse_checkpoint();
    const bool inside = position_.place == Place::deflate;
    if (!inside && position_.place != Place::after_member) refuse_checkpoint();
    if (!inside && !state.empty()) refuse_checkpoint();
    if (inside && !engine_->restore(state, archive_offset_)) refuse_checkpoint();
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
    engine_->reset(archive_offset_);
    position_ = SavedPosition{Place::deflate, 0, kind_};
    return true;
  }

  void end_member() {
    if (take_number() != engine_->checksum()) fail("gzip member whose checksum is wrong");
    if (take_number() != position_.member_size_bytes) fail("gzip member whose length is wrong");
    position_ = SavedPosition{Place::after_member, 0, kind_};
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
  InflateEngine kind_;
  std::unique_ptr<DeflateEngine> engine_;
};

}  // namespace

void refuse_gzip(const char* what) {
  throw Error(reject(DiagnosticCode::codec_check, "S08", what));
}

std::unique_ptr<Decoder> make_gzip_decoder(std::unique_ptr<Source> blob, const Checkpoint& start,
                                           InflateEngine engine) {
  return std::make_unique<GzipDecoder>(std::move(blob), start, engine);
}

std::string gzip_decoder_version() {
  return fmt::format("{}-{}-{}", own_engine_version(), isal_engine_version(), state_format);
}

}  // namespace imgops
