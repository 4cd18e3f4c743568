// Deflate blocks of several streams put one after the other, bit by bit. Private to codec.
#pragma once

#include "libimgops/codec/codec.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace imgops {

class BitJoiner {
 public:
  // The block, not final whatever it was. A stored one is written anew, since its bytes begin at
  // the border of a byte.
  void append(const DeflateBlock& block);
  // An empty stored block, after which a byte begins; returns all and starts anew.
  std::string finish();

 private:
  void append_bits(std::string_view bytes, std::uint64_t first_bit, std::uint64_t count);
  void append_number(std::uint64_t bits, unsigned count);
  void append_stored_header();

  std::string bytes_;
  std::uint64_t bits_ = 0;  // that do not fill a byte yet, the first one lowest
  unsigned count_ = 0;      // of them
};

}  // namespace imgops
