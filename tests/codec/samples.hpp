// Data to compress, and other people's compressors and decompressors to compare with.
#pragma once

#include "libimgops/base/error.hpp"
#include "libimgops/codec/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace imgops::samples {

// Numbers that are the same everywhere (xorshift, Marsaglia 2003).
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_((seed * 2'654'435'761U) | 1) {}
  std::uint32_t operator()() noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;  // never 0
};

// Always the same for the same arguments.
std::string random_bytes(std::size_t size, std::uint32_t seed = 1);
std::string words(std::size_t size, std::uint32_t seed = 1);
// Runs of words, zeros, random bytes and headers in turn, as in an archive.
std::string mixture(std::size_t size, std::uint32_t seed = 1);

// zlib's raw deflate; strategy and memory level as zlib counts, a full flush every `flush_every`
// bytes (0: none).
std::string zlib_deflate(const std::string& text, int level, int strategy = 0, int memory_level = 8,
                         std::size_t flush_every = 0);
// One member around raw deflate, without extra fields.
std::string gzip_member(const std::string& deflate, const std::string& text);
std::string gzip(const std::string& text, int level = 6);
// zlib's opinion of one member that is the whole of `member`; "" and failure when it does not
// agree.
std::string zlib_gunzip(const std::string& member);
std::string zstd_frame(const std::string& text, int level = 3);
std::string skippable_frame(const std::string& content);

// What our code does with it.
std::string decode(Compression compression, const std::string& blob,
                   std::size_t piece_bytes = 64 * 1024);
std::string encode(const EncoderOptions& options, const std::string& text, std::size_t threads = 2,
                   std::size_t piece_bytes = 100'000);

// The diagnostic that decoding ends with; "none" when it succeeds.
std::string verdict(Compression compression, const std::string& blob,
                    std::size_t piece_bytes = 64 * 1024);

}  // namespace imgops::samples
