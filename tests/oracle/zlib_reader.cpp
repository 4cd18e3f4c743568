// Asked for Z_BLOCK, inflate() returns in front of every block and behind the last one. data_type
// says so: 128 at such a place, 64 in or behind the last block, and the number of unused bits of
// the last byte that was taken.
#include "tests/oracle/zlib_reader.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace imgops::test {
namespace {

constexpr int gzip_members = 15 + 16;
constexpr int raw_deflate = -15;
constexpr std::size_t input_bytes = std::size_t{256} << 10;
constexpr unsigned at_border = 128;
constexpr unsigned in_last_block = 64;
constexpr unsigned unused_mask = 7;

void append_number(std::string& text, std::uint64_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift);
}

}  // namespace

ZlibReader::ZlibReader(std::shared_ptr<const RandomAccess> blob, Border border)
    : blob_(std::move(blob)), border_(std::move(border)), input_(input_bytes) {
  if (inflateInit2(&stream_, gzip_members) != Z_OK) throw std::runtime_error("zlib does not start");
}

ZlibReader::~ZlibReader() {
  inflateEnd(&stream_);
}

std::size_t ZlibReader::read(std::span<std::byte> buffer) {
  std::size_t count = 0;
  while (count < buffer.size() && !ended_ && refusal_.empty()) {
    if (stream_.avail_in == 0) fill();
    const std::span<std::byte> space = buffer.subspan(count);
    stream_.next_out = reinterpret_cast<Bytef*>(space.data());
    stream_.avail_out = static_cast<uInt>(space.size());
    const int status = inflate(&stream_, Z_BLOCK);
    const std::size_t made = space.size() - stream_.avail_out;
    count += made;
    archive_bytes_ += made;
    const auto state = static_cast<unsigned>(stream_.data_type);
    if (status == Z_OK && (state & at_border) != 0) note_border(state);
    if (status == Z_STREAM_END) {
      end_member();
    } else if (status != Z_OK) {
      refusal_ = stream_.msg != nullptr ? stream_.msg : "ends early";
    }
  }
  return count;
}

// False at the end of the blob.
bool ZlibReader::fill() {
  const std::size_t count = blob_->read_at(read_bytes_, input_);
  read_bytes_ += count;
  stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_.avail_in = static_cast<uInt>(count);
  return count > 0;
}

void ZlibReader::note_border(unsigned state) {
  unused_bits_ = state & unused_mask;
  const bool is_last = (state & in_last_block) != 0;
  const bool had_block = std::exchange(in_block_, !is_last);
  if (had_block) {
    block_.end_bit = bit();
    block_.size_bytes = archive_bytes_ - block_.archive_offset_bytes;
    blocks_.push_back(block_);
  }
  if (border_) border_(had_block ? &block_ : nullptr, is_last);
  block_ = ZlibBlock{bit(), 0, archive_bytes_, 0, std::exchange(begins_member_, false)};
}

void ZlibReader::end_member() {
  member_bytes_ += stream_.total_in;
  begins_member_ = true;
  if (stream_.avail_in == 0 && !fill()) {
    ended_ = true;
  } else if (inflateReset(&stream_) != Z_OK) {
    throw std::runtime_error("zlib does not start again");
  }
}

std::vector<ZlibBlock> ZlibReader::take_blocks() {
  return std::exchange(blocks_, {});
}

std::uint64_t ZlibReader::bit() const {
  return 8 * (member_bytes_ + stream_.total_in) - unused_bits_;
}

std::string ZlibReader::window() {
  std::string window(std::size_t{32} << 10, '\0');
  uInt count = 0;
  if (inflateGetDictionary(&stream_, reinterpret_cast<Bytef*>(window.data()), &count) != Z_OK) {
    throw std::runtime_error("zlib does not tell its window");
  }
  window.resize(count);
  return window;
}

std::string member_around(const std::string& deflate) {
  z_stream stream{};
  if (inflateInit2(&stream, raw_deflate) != Z_OK) throw std::runtime_error("zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflate.data()));
  stream.avail_in = static_cast<uInt>(deflate.size());
  std::array<Bytef, 65536> space{};
  uLong checksum = crc32(0, nullptr, 0);
  std::uint64_t size_bytes = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = space.data();
    stream.avail_out = static_cast<uInt>(space.size());
    status = inflate(&stream, Z_NO_FLUSH);
    const auto made = static_cast<uInt>(space.size() - stream.avail_out);
    checksum = crc32(checksum, space.data(), made);
    size_bytes += made;
  }
  const std::size_t taken_bytes = stream.total_in;
  inflateEnd(&stream);
  std::string member("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  member.append(deflate, 0, status == Z_STREAM_END ? taken_bytes : deflate.size());
  if (status == Z_STREAM_END) {
    append_number(member, checksum);
    append_number(member, size_bytes);
  }
  return member;
}

}  // namespace imgops::test
