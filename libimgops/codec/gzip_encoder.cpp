// One member. Each block of input is compressed alone by libdeflate and made joinable; blocks are
// byte strings then, and the member is their concatenation:
//
//   1f 8b 08 00  mtime 0  xfl 0  os 255 | block | block … | empty final block | crc32 isize
//
// Blocks of other streams are joined to such byte strings, too: up to 512 KiB or 4096 blocks, then
// the next begins. The member's checksum is combined from those of the blocks.

#include "libimgops/base/error.hpp"
#include "libimgops/codec/bit_joiner.hpp"
#include "libimgops/codec/deflate_joint.hpp"
#include "libimgops/codec/encoders.hpp"
#include "libimgops/codec/ordered_blocks.hpp"
#include "libimgops/codec/splicing_encoder.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <libdeflate.h>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 1024 * 1024;
constexpr std::size_t spliced_bytes = std::size_t{512} * 1024;
constexpr std::size_t spliced_count = 4096;
constexpr int default_level = 6;
constexpr int least_level = 1;
constexpr int most_level = 12;
constexpr std::string_view header{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};

// What one thread needs; none of it changes the output.
class BlockDeflater {
 public:
  explicit BlockDeflater(int level)
      : compressor_(libdeflate_alloc_compressor(level), libdeflate_free_compressor) {
    if (!compressor_) throw std::bad_alloc();
  }

  EncodedBlock encode(ByteView input) {
    EncodedBlock block;
    block.input_size_bytes = input.size();
    block.checksum = libdeflate_crc32(0, input.data(), input.size());
    const std::size_t size = deflate_into_buffer(input);
    block.bytes.reserve(size + 8);
    block.bytes.assign(buffer_.get(), size);
    joiner_.make_joinable(block.bytes, block.checksum, input.size());
    return block;
  }

  std::size_t deflate_into_buffer(ByteView input) {
    const std::size_t bound = libdeflate_deflate_compress_bound(compressor_.get(), input.size());
    if (bound > buffer_bytes_) {
      buffer_ = std::make_unique_for_overwrite<char[]>(bound);  // pages that are not used cost none
      buffer_bytes_ = bound;
    }
    const std::size_t size = libdeflate_deflate_compress(
        compressor_.get(), input.data(), input.size(), buffer_.get(), buffer_bytes_);
    if (size == 0) throw Error(ErrorKind::input_output, "deflate: the encoder failed");
    return size;
  }

 private:
  std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor_;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_bytes_ = 0;
  DeflateJoiner joiner_;
};

// As many deflaters as threads deflate at once.
class DeflaterPool {
 public:
  explicit DeflaterPool(int level) : level_(level) {}

  EncodedBlock encode(ByteView input) {
    std::unique_ptr<BlockDeflater> deflater = take();
    EncodedBlock block = deflater->encode(input);
    give_back(std::move(deflater));
    return block;
  }

  std::size_t encoded_size(ByteView input) {
    std::unique_ptr<BlockDeflater> deflater = take();
    const std::size_t size = deflater->deflate_into_buffer(input);
    give_back(std::move(deflater));
    return size;
  }

 private:
  void give_back(std::unique_ptr<BlockDeflater> deflater) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(deflater));
  }

  std::unique_ptr<BlockDeflater> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<BlockDeflater> deflater = std::move(idle_.back());
        idle_.pop_back();
        return deflater;
      }
    }
    return std::make_unique<BlockDeflater>(level_);
  }

  const int level_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<BlockDeflater>> idle_;
};

class GzipEncoder final : public SplicingEncoder {
 public:
  GzipEncoder(Sink& sink, Workers& workers, int level)
      : sink_(sink),
        deflaters_(std::make_shared<DeflaterPool>(level)),
        blocks_(
            workers, block_bytes,
            [pool = deflaters_](ByteView input) { return pool->encode(input); },
            [this](const EncodedBlock& block) { deliver(block); }) {}

  void write(ByteView bytes) override {
    begin();
    end_spliced();
    blocks_.write(bytes);
  }

  void splice(DeflateBlock block, ByteView decoded) override {
    begin();
    if (decoded.empty()) return;  // a block without bytes, as flushing leaves behind
    spliced_.checksum = libdeflate_crc32(spliced_.checksum, decoded.data(), decoded.size());
    spliced_.input_size_bytes += decoded.size();
    waiting_bytes_ += block.bytes.size();
    waiting_.push_back(std::move(block));
    if (waiting_bytes_ >= spliced_bytes || waiting_.size() == spliced_count) end_spliced();
  }

  std::size_t encoded_size(ByteView before, ByteView bytes) override {
    std::string both(as_text(before));
    both += as_text(bytes);
    const std::size_t whole = deflaters_->encoded_size(as_bytes(both));
    const std::size_t front = before.empty() ? 0 : deflaters_->encoded_size(before);
    return whole > front ? whole - front : 0;
  }

  void finish() override {
    begin();
    end_spliced();
    blocks_.finish();
    std::string end = final_deflate_block();
    append_number(end, checksum_);
    append_number(end, size_bytes_);
    sink_.write(as_bytes(end));
  }

 private:
  void begin() {
    if (std::exchange(begun_, true)) return;
    sink_.write(as_bytes(header));
  }

  void end_spliced() {
    if (waiting_.empty()) return;
    blocks_.insert([blocks = std::exchange(waiting_, {}), result = std::exchange(spliced_, {})] {
      EncodedBlock joined = result;
      BitJoiner joiner;
      for (const DeflateBlock& block : blocks) joiner.append(block);
      joined.bytes = joiner.finish();
      return joined;
    });
    waiting_bytes_ = 0;
  }

  void deliver(const EncodedBlock& block) {
    sink_.write(as_bytes(block.bytes));
    checksum_ = static_cast<std::uint32_t>(
        crc32_combine(checksum_, block.checksum, static_cast<z_off_t>(block.input_size_bytes)));
    size_bytes_ += static_cast<std::uint32_t>(block.input_size_bytes);
  }

  static void append_number(std::string& text, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      text += static_cast<char>(static_cast<unsigned char>(number >> shift));
    }
  }

  Sink& sink_;
  bool begun_ = false;
  std::uint32_t checksum_ = 0;
  std::uint32_t size_bytes_ = 0;  // modulo 2^32, as the trailer counts
  std::shared_ptr<DeflaterPool> deflaters_;
  std::vector<DeflateBlock> waiting_;  // to be joined
  std::size_t waiting_bytes_ = 0;
  EncodedBlock spliced_;  // checksum and size of those
  OrderedBlocks blocks_;
};

std::unique_ptr<SplicingEncoder> make(Sink& sink, Workers& workers, int level) {
  if (level < least_level || level > most_level) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("gzip level {}: {} to {} exist", level, least_level, most_level));
  }
  return std::make_unique<GzipEncoder>(sink, workers, level);
}

}  // namespace

std::unique_ptr<FinishingSink> make_gzip_encoder(Sink& sink, Workers& workers, int level) {
  return make(sink, workers, level);
}

std::unique_ptr<SplicingEncoder> make_splicing_encoder(Sink& sink, Workers& workers, int level) {
  return make(sink, workers, level == 0 ? default_level : level);
}

std::string gzip_encoder_version() {
  return fmt::format("libdeflate-{}-blocks-{}", LIBDEFLATE_VERSION_STRING, block_bytes);
}

}  // namespace imgops
