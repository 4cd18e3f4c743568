// Numbers and texts as bytes of the cache's files: 7 bits a byte, the lowest first, the top bit set
// on all but the last; texts after their length. Small numbers, which most are, take one byte.
#pragma once

#include "libimgops/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace imgops {

class ByteWriter {
 public:
  void number(std::uint64_t value);
  // Small in either direction is short: 0, -1, 1, -2, …
  void signed_number(std::int64_t value);
  void text(std::string_view text);
  // Without a length: the reader knows it.
  void raw(ByteView bytes) { bytes_ += as_text(bytes); }

  const std::string& bytes() const noexcept { return bytes_; }
  // Begins anew, in the memory it has.
  void clear() noexcept { bytes_.clear(); }

 private:
  std::string bytes_;
};

// Reads what a ByteWriter wrote, in its order. Believes nothing: whatever does not fit in what is
// there, or not in its type, throws Error(corrupt). Views live as long as `bytes`.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) noexcept : rest_(bytes) {}

  std::uint64_t number() {
    if (rest_.empty() || static_cast<unsigned char>(rest_.front()) >= 0x80) return long_number();
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::int64_t signed_number();
  std::string_view text();
  std::string_view raw(std::size_t size);
  // How many things follow that take at least `least_bytes` each of what is left.
  std::size_t count(std::size_t least_bytes);
  template <class Unsigned>
  Unsigned number_of() {
    const std::uint64_t value = number();
    if (value > std::numeric_limits<Unsigned>::max()) fail();
    return static_cast<Unsigned>(value);
  }
  // Of an enumeration whose values are 0 … `last`.
  template <class Enumeration>
  Enumeration choice(Enumeration last) {
    const std::uint64_t value = number();
    if (value > static_cast<std::uint64_t>(last)) fail();
    return static_cast<Enumeration>(value);
  }

  std::size_t left() const noexcept { return rest_.size(); }
  [[noreturn]] static void fail();

 private:
  std::uint64_t long_number();

  std::string_view rest_;
};

}  // namespace imgops
