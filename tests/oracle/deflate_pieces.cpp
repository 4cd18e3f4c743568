#include "tests/oracle/deflate_pieces.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace imgops::test {
namespace {

constexpr std::uint64_t distance_bits = std::uint64_t{8} * (4 << 20);  // between pieces
constexpr std::uint64_t limit_bits = std::uint64_t{8} * (256 << 10);
constexpr std::size_t header_bytes = 200;  // of a block, most of them
constexpr std::size_t trailer_bytes = 8;
constexpr std::size_t member_header_bytes = 10;

unsigned byte_at(const std::string& text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

// A stored block that others follow; nothing for nothing.
std::string stored_block(const std::string& text) {
  if (text.empty()) return {};
  std::string block(1, '\0');
  for (const std::size_t number : {text.size(), ~text.size()}) {
    block += static_cast<char>(number);
    block += static_cast<char>(number >> 8U);
  }
  return block + text;
}

void turn_bit(std::string& text, std::size_t at, unsigned bit) {
  text[at] = static_cast<char>(byte_at(text, at) ^ (1U << bit));
}

}  // namespace

PieceTaker::PieceTaker(std::shared_ptr<const RandomAccess> blob, Taken taken)
    : blob_(std::move(blob)),
      taken_(std::move(taken)),
      random_(static_cast<std::uint32_t>(blob_->size_bytes())) {}

void PieceTaker::border(ZlibReader& reader, const ZlibBlock* ended, bool is_last) {
  if (ended != nullptr && open_) add(*ended);
  if (is_last) close();
  if (is_last || open_ || reader.bit() < next_bit_) return;
  open_ =
      Open{reader.window(), reader.bit(), 1 + random_() % limit_bits, reader.bit(), reader.bit()};
  next_bit_ = reader.bit() + distance_bits;
}

// Stored blocks lie on whole bytes, which shifted ones do not.
void PieceTaker::add(const ZlibBlock& block) {
  if (open_->first_bit % 8 != 0 && is_stored(block)) return close();
  const std::uint64_t bits = block.end_bit - open_->first_bit;
  if (bits > limit_bits) return close();
  open_->last_block_bit = block.first_bit;
  open_->end_bit = block.end_bit;
  if (bits >= open_->limit_bits) close();
}

void PieceTaker::close() {
  const std::optional<Open> open = std::exchange(open_, std::nullopt);
  if (!open || open->end_bit == open->first_bit) return;
  const std::string bytes = bytes_of_blob(open->first_bit, open->end_bit);
  DeflatePiece piece;
  piece.deflate = stored_block(open->window);
  piece.blocks_at = piece.deflate.size();
  const auto shift = static_cast<unsigned>(open->first_bit % 8);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const unsigned both = byte_at(bytes, at) | byte_at(bytes, at + 1) << 8U;
    piece.deflate += static_cast<char>(both >> shift);
  }
  const std::uint64_t last = open->last_block_bit - open->first_bit;
  piece.last_block_at = piece.blocks_at + last / 8;
  char& header = piece.deflate[piece.last_block_at];
  header = static_cast<char>(static_cast<unsigned char>(header) | 1U << last % 8);
  taken_(piece);
}

std::string PieceTaker::bytes_of_blob(std::uint64_t first_bit, std::uint64_t end_bit) const {
  std::string bytes((end_bit + 7) / 8 - first_bit / 8, '\0');
  bytes.resize(blob_->read_at(first_bit / 8, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

bool PieceTaker::is_stored(const ZlibBlock& block) const {
  const std::string bytes = bytes_of_blob(block.first_bit, block.first_bit + 3);
  const unsigned bits = (byte_at(bytes, 0) | byte_at(bytes, 1) << 8U) >> block.first_bit % 8;
  return (bits >> 1U & 3U) == 0;
}

std::string changed_member(const DeflatePiece& piece, std::mt19937& random) {
  std::string deflate = piece.deflate;
  for (auto changes = 1 + random() % 3; changes > 0; --changes) {
    const auto place = random() % 3;
    const std::size_t first = place == 0 ? piece.last_block_at : piece.blocks_at;
    if (first >= deflate.size()) continue;
    std::size_t count = deflate.size() - first;
    if (place == 1) count = std::min(count, header_bytes);
    const std::size_t at = first + random() % count;
    const auto kind = random() % 16;
    if (kind == 0) {
      deflate.resize(at);
    } else if (kind == 1) {
      deflate[at] = static_cast<char>(random());
    } else {
      turn_bit(deflate, at, static_cast<unsigned>(random() % 8));
    }
  }
  std::string member = member_around(deflate);
  if (random() % 16 == 0) {
    const std::size_t at = random() % (member_header_bytes + trailer_bytes);
    const bool in_header = at < member_header_bytes;
    turn_bit(member, in_header ? at : member.size() - 1 - (at - member_header_bytes),
             static_cast<unsigned>(random() % 8));
  }
  return member;
}

}  // namespace imgops::test
