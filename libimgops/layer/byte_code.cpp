#include "libimgops/layer/byte_code.hpp"

#include "libimgops/base/error.hpp"

namespace imgops {

void ByteWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    value >>= 7U;
  }
  bytes_.push_back(static_cast<char>(value));
}

void ByteWriter::signed_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  number(value < 0 ? ~(bits << 1U) : bits << 1U);
}

void ByteWriter::text(std::string_view text) {
  number(text.size());
  bytes_ += text;
}

std::uint64_t ByteReader::long_number() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    if (i == 9 && byte > 1) fail();
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  fail();
}

std::int64_t ByteReader::signed_number() {
  const std::uint64_t value = number();
  const std::uint64_t bits = (value >> 1U) ^ ((value & 1U) != 0 ? UINT64_MAX : 0);
  return static_cast<std::int64_t>(bits);
}

std::size_t ByteReader::count(std::size_t least_bytes) {
  const std::uint64_t value = number();
  if (value > rest_.size() / least_bytes) fail();
  return static_cast<std::size_t>(value);
}

std::string_view ByteReader::text() {
  const std::uint64_t size = number();
  if (size > rest_.size()) fail();
  return raw(static_cast<std::size_t>(size));
}

std::string_view ByteReader::raw(std::size_t size) {
  if (size > rest_.size()) fail();
  const std::string_view result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

void ByteReader::fail() {
  throw Error(ErrorKind::corrupt, "coded bytes: malformed");
}

}  // namespace imgops
