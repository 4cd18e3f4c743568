#include "libimgops/codec/splicing_encoder.hpp"

#include "libimgops/codec/bit_joiner.hpp"
#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <utility>
#include <vector>

#include <libdeflate.h>

namespace imgops {
namespace {

class BlockList final : public BlockWatcher {
 public:
  void block(DeflateBlock block) override { blocks.push_back(std::move(block)); }
  std::vector<DeflateBlock> blocks;
};

std::vector<DeflateBlock> blocks_of(const std::string& blob) {
  BlockList list;
  const auto decoder = make_decoder(Compression::gzip, std::make_unique<StringSource>(blob));
  decoder->watch_blocks(&list);
  read_all(*decoder, UINT64_MAX, "text");
  return list.blocks;
}

ByteView bytes_of(const std::string& text, const DeflateBlock& block) {
  return as_bytes(text).subspan(block.archive_offset_bytes, block.size_bytes);
}

// [begin, end) of `text`, in which what can be spliced of `blocks` is.
void splice_part(SplicingEncoder& encoder, const std::string& text,
                 const std::vector<DeflateBlock>& blocks, std::size_t begin, std::size_t end) {
  std::size_t at = begin;
  for (const DeflateBlock& block : blocks) {
    const std::size_t from = block.archive_offset_bytes;
    if (from < begin + 32768 && !(block.begins_stream && from >= begin)) continue;
    if (from < at || from + block.size_bytes > end) continue;
    encoder.write(as_bytes(text).subspan(at, from - at));
    encoder.splice(block, bytes_of(text, block));
    at = from + block.size_bytes;
  }
  encoder.write(as_bytes(text).subspan(at, end - at));
}

std::string isal_gunzip(const std::string& blob) {
  const auto decoder =
      make_decoder(Compression::gzip, std::make_unique<StringSource>(blob), InflateEngine::isal);
  return read_all(*decoder, UINT64_MAX, "text");
}

std::string libdeflate_gunzip(const std::string& blob, std::size_t size) {
  std::string text(size, '\0');
  libdeflate_decompressor* const decompressor = libdeflate_alloc_decompressor();
  std::size_t found = 0;
  const auto result = libdeflate_gzip_decompress(decompressor, blob.data(), blob.size(),
                                                 text.data(), text.size(), &found);
  libdeflate_free_decompressor(decompressor);
  return result == LIBDEFLATE_SUCCESS && found == size ? text : "";
}

void expect_every_decoder_gives(const std::string& blob, const std::string& text) {
  ASSERT_TRUE(samples::zlib_gunzip(blob) == text);
  ASSERT_TRUE(samples::decode(Compression::gzip, blob) == text);
  ASSERT_TRUE(isal_gunzip(blob) == text);
  ASSERT_TRUE(libdeflate_gunzip(blob, text.size()) == text);
}

TEST(SplicingEncoder, WithoutBlocksWritesWhatTheEncoderWrites) {
  const std::string text = samples::mixture(2'500'000);
  Workers workers(2);
  StringSink sink;
  const auto encoder = make_splicing_encoder(sink, workers, 0);
  encoder->write(as_bytes(text));
  encoder->finish();
  EXPECT_TRUE(sink.text() == samples::encode({}, text));
}

// Blocks of every kind, beginning at every bit, joined to encoded bytes and to each other.
TEST(SplicingEncoder, GivesOneMemberThatEveryDecoderReads) {
  samples::Random random(21);
  Workers workers(2);
  for (int round = 0; round < 60; ++round) {
    const std::string text = samples::mixture(400'000, random());
    const std::string other = samples::mixture(300'000, random());
    const int level = static_cast<int>(random() % 10);
    const int strategy = static_cast<int>(random() % 5);
    const std::size_t flush_every = random() % 2 == 0 ? 0 : 1 + random() % 50'000;
    const auto gzip = [&](const std::string& part) {
      return samples::gzip_member(
          samples::zlib_deflate(part, level, strategy, static_cast<int>(1 + random() % 9),
                                flush_every),
          part);
    };
    const std::vector<DeflateBlock> blocks = blocks_of(gzip(text));
    const std::vector<DeflateBlock> other_blocks = blocks_of(gzip(other));
    StringSink sink;
    const auto encoder = make_splicing_encoder(sink, workers, 0);
    std::string expected;
    for (int part = 0; part < 4; ++part) {
      const std::string& from = random() % 2 == 0 ? text : other;
      const std::size_t begin = random() % 3 == 0 ? 0 : random() % from.size();
      const std::size_t end = begin + random() % (from.size() - begin);
      splice_part(*encoder, from, &from == &text ? blocks : other_blocks, begin, end);
      expected += from.substr(begin, end - begin);
    }
    encoder->finish();
    expect_every_decoder_gives(sink.text(), expected);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

TEST(SplicingEncoder, SplicesMembersWhole) {
  std::string text;
  std::string blob;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const std::string part = samples::mixture(3'000 * (i % 7), i);
    text += part;
    blob += samples::gzip(part, static_cast<int>(i % 10));
  }
  Workers workers(2);
  StringSink sink;
  const auto encoder = make_splicing_encoder(sink, workers, 0);
  for (const DeflateBlock& block : blocks_of(blob)) {
    encoder->splice(block, bytes_of(text, block));
  }
  encoder->finish();
  expect_every_decoder_gives(sink.text(), text);
  EXPECT_LT(sink.text().size(), blob.size() + 100);
}

TEST(SplicingEncoder, WritesTheSameWithAnyNumberOfThreads) {
  const std::string text = samples::mixture(5'000'000);
  const std::vector<DeflateBlock> blocks = blocks_of(samples::gzip(text));
  std::string first;
  for (const std::size_t threads : {1UL, 2UL, 3UL, 16UL}) {
    Workers workers(threads);
    StringSink sink;
    const auto encoder = make_splicing_encoder(sink, workers, 0);
    splice_part(*encoder, text, blocks, 100'000, 3'000'000);
    splice_part(*encoder, text, blocks, 3'500'000, 5'000'000);
    encoder->finish();
    if (first.empty()) first = sink.text();
    EXPECT_TRUE(sink.text() == first) << threads;
  }
}

TEST(SplicingEncoder, TellsWhatEncodingWouldTake) {
  Workers workers(1);
  StringSink sink;
  const auto encoder = make_splicing_encoder(sink, workers, 0);
  const std::string text = samples::words(200'000);
  const std::string_view view = text;
  const std::size_t size =
      encoder->encoded_size(as_bytes(view.substr(0, 32768)), as_bytes(view.substr(32768, 60'000)));
  EXPECT_GT(size, 60'000U / 5);
  EXPECT_LT(size, 60'000U);
  // After itself a text takes next to nothing.
  EXPECT_LT(
      encoder->encoded_size(as_bytes(view.substr(0, 30'000)), as_bytes(view.substr(0, 30'000))),
      500U);
}

TEST(BitJoiner, RefusesBlocksThatAreNotWhole) {
  DeflateBlock block;
  block.bytes = "abc";
  block.first_bit = 3;
  block.bit_count = 22;
  EXPECT_THROW(BitJoiner().append(block), Error);
  block.is_stored = true;
  block.size_bytes = 2;
  EXPECT_THROW(BitJoiner().append(block), Error);
}

}  // namespace
}  // namespace imgops
