// Where a stream's final block begins is known only to who decodes it. So ISA-L decodes it, piece
// by piece, from a copy of its state before each piece. Once a piece shows the flag of the final
// block, the copy comes back and smaller pieces are tried, down to single bytes. The bit is
// cleared, and decoding goes on from the last copy with the patched bytes to the end, and over the
// appended empty block: the one decoding finds the place, the end, and the proof.
//
// What says where ISA-L stands: it eats what it is handed, and when input runs out inside a block's
// header it goes back to the header's first bit, keeping the bits of the byte begun in read_in and
// the bytes behind in tmp_in_buffer:
//
//   position of the header = 8 * (bytes handed - tmp_in_size) - read_in_length
//
// After each byte it waits for more, so at most seven bits lie ahead of what it decoded. A header
// of three bits (fixed codes) can therefore begin and end within one byte, but no code word after
// it.
//
//   before:  … [1 type … end of block] 0-padding
//   after:   … [0 type … end of block] [0 00] 0-padding  00 00 ff ff

#include "libimgops/codec/deflate_joint.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <isa-l/igzip_lib.h>

namespace imgops {
namespace {

constexpr std::size_t scratch_bytes = std::size_t{128} * 1024;
constexpr std::size_t header_bits = 3;  // flag and type

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorKind::input_output, std::string("deflate: ") + what);
}

}  // namespace

class DeflateJoiner::Probe {
 public:
  void reset() {
    isal_inflate_reset(&state_);
    state_.crc_flag = ISAL_GZIP_NO_HDR;  // raw deflate, and the crc of what comes out
    handed_bytes_ = 0;
    made_bytes_ = 0;
  }

  // Decodes all that `bytes` allow.
  void feed(std::string_view bytes, std::vector<unsigned char>& scratch) {
    // ISA-L's interface lacks the const; it does not write here.
    state_.next_in =
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    state_.avail_in = static_cast<std::uint32_t>(bytes.size());
    handed_bytes_ += bytes.size();
    do {
      state_.next_out = scratch.data();
      state_.avail_out = static_cast<std::uint32_t>(scratch.size());
      if (isal_inflate(&state_) < 0) fail("the encoder's output is damaged");
      made_bytes_ += scratch.size() - state_.avail_out;
    } while (state_.avail_out == 0);
    if (state_.avail_in != 0) fail("the encoder's output has bytes after its end");
  }

  bool at_header() const noexcept {
    return state_.block_state == ISAL_BLOCK_NEW_HDR || state_.block_state == ISAL_BLOCK_HDR;
  }
  std::size_t position_bits() const noexcept {
    return 8 * (handed_bytes_ - static_cast<std::size_t>(state_.tmp_in_size)) -
           static_cast<std::size_t>(state_.read_in_length);
  }
  // Whether the first bit of the final block's header was handed. At a header of which nothing was,
  // the flag means nothing yet.
  bool has_seen_final_block() const noexcept {
    return state_.bfinal == 1 && !(at_header() && position_bits() >= 8 * handed_bytes_);
  }
  std::size_t handed_bytes() const noexcept { return handed_bytes_; }
  std::size_t made_bytes() const noexcept { return made_bytes_; }
  std::uint32_t checksum() const noexcept { return state_.crc; }

 private:
  inflate_state state_{};
  std::size_t handed_bytes_ = 0;
  std::size_t made_bytes_ = 0;
};

DeflateJoiner::DeflateJoiner()
    : scratch_(scratch_bytes),
      probe_(std::make_unique<Probe>()),
      before_(std::make_unique<Probe>()) {}

DeflateJoiner::~DeflateJoiner() = default;

// In bits. Leaves in before_ a state from which nothing of that header was read.
std::size_t DeflateJoiner::find_final_header(std::string_view stream) {
  std::size_t at = 0;
  probe_->reset();
  for (const std::size_t piece_bytes : {16384U, 1024U, 32U}) {
    while (true) {
      if (at >= stream.size()) fail("the encoder's output has no final block");
      *before_ = *probe_;
      probe_->feed(stream.substr(at, piece_bytes), scratch_);
      if (probe_->has_seen_final_block()) break;
      at += piece_bytes;
    }
    *probe_ = *before_;
  }
  while (!probe_->has_seen_final_block()) {
    if (at >= stream.size()) fail("the final block is not where it seems");
    probe_->feed(stream.substr(at++, 1), scratch_);
  }
  return probe_->at_header() ? probe_->position_bits() : probe_->position_bits() - header_bits;
}

void DeflateJoiner::make_joinable(std::string& stream, std::uint32_t checksum,
                                  std::size_t size_bytes) {
  const std::size_t header = find_final_header(stream);
  const auto flag = static_cast<unsigned char>(1U << (header % 8));
  auto flagged = static_cast<unsigned char>(stream.at(header / 8));
  if ((flagged & flag) == 0) fail("the final block is not where it seems");
  flagged = static_cast<unsigned char>(flagged & ~flag);
  stream[header / 8] = static_cast<char>(flagged);

  Probe& probe = *before_;
  if (probe.handed_bytes() > header / 8) probe.reset();  // it has the old bit already
  probe.feed(std::string_view(stream).substr(probe.handed_bytes()), scratch_);
  if (!probe.at_header()) fail("the final block is not where it seems");
  const std::size_t padding = 8 * stream.size() - probe.position_bits();
  if (padding >= 8) fail("the encoder's output has bytes after its end");
  if (padding < header_bits) stream += '\0';
  stream += std::string_view("\0\0\xff\xff", 4);
  probe.feed(std::string_view(stream).substr(probe.handed_bytes()), scratch_);
  const bool complete = probe.at_header() && probe.position_bits() == 8 * stream.size();
  if (!complete || probe.checksum() != checksum || probe.made_bytes() != size_bytes) {
    fail("the encoder's output does not decode to its input");
  }
}

// The type for fixed codes, and the code word for the end.
std::string final_deflate_block() {
  return {"\x03\0", 2};
}

}  // namespace imgops
