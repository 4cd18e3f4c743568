#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include <sys/utsname.h>

namespace imgops {
namespace {

using samples::gzip;

std::string rest(Compression compression, const std::shared_ptr<const RandomAccess>& blob,
                 const Checkpoint& checkpoint) {
  const auto decoder = resume_decoder(compression, blob, checkpoint);
  return read_all(*decoder, UINT64_MAX, "rest");
}

// Every checkpoint a decoder of `blob` gives when read in pieces.
std::vector<Checkpoint> checkpoints(Compression compression,
                                    const std::shared_ptr<const RandomAccess>& blob,
                                    std::size_t piece_bytes) {
  std::vector<Checkpoint> result;
  const auto decoder = make_decoder(compression, blob);
  std::vector<std::byte> buffer(piece_bytes);
  do {
    Checkpoint checkpoint;
    if (decoder->save(checkpoint)) result.push_back(checkpoint);
  } while (decoder->read(buffer) > 0);
  Checkpoint end;
  if (decoder->save(end)) result.push_back(end);
  return result;
}

void expect_exact(Compression compression, const std::string& blob, const std::string& text,
                  std::size_t piece_bytes, std::size_t least_count) {
  const auto stored = std::make_shared<const StringAccess>(blob);
  const std::vector<Checkpoint> found = checkpoints(compression, stored, piece_bytes);
  EXPECT_GE(found.size(), least_count);
  for (const Checkpoint& checkpoint : found) {
    ASSERT_LE(checkpoint.archive_offset_bytes, text.size());
    ASSERT_LE(checkpoint.state.size(), 96U * 1024);
    const std::string_view expected =
        std::string_view(text).substr(checkpoint.archive_offset_bytes);
    ASSERT_TRUE(rest(compression, stored, checkpoint) == expected)
        << checkpoint.archive_offset_bytes << " with " << piece_bytes;
  }
}

TEST(GzipCheckpoint, ResumesExactlyInDynamicBlocks) {
  const std::string text = samples::words(400'000);
  expect_exact(Compression::gzip, gzip(text), text, 10'007, 40);
  expect_exact(Compression::gzip, gzip(text), text, 70'000, 6);
}

TEST(GzipCheckpoint, ResumesExactlyInStoredBlocks) {
  const std::string text = samples::random_bytes(400'000);
  expect_exact(Compression::gzip, gzip(text, 0), text, 9'973, 40);
  expect_exact(Compression::gzip, gzip(text, 9), text, 70'000, 6);
}

TEST(GzipCheckpoint, ResumesExactlyInFixedBlocks) {
  const std::string text = samples::mixture(400'000);
  const std::string deflate = samples::zlib_deflate(text, 6, Z_FIXED, 1);
  expect_exact(Compression::gzip, samples::gzip_member(deflate, text), text, 33'333, 12);
}

TEST(GzipCheckpoint, ResumesExactlyWithinLongMatches) {
  const std::string text(400'000, 'x');
  expect_exact(Compression::gzip, gzip(text), text, 9'999, 40);
}

TEST(GzipCheckpoint, ResumesExactlyAtEveryByteOfManySmallMembers) {
  std::string text;
  std::string blob;
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::string part = samples::mixture(i * 11, i);
    text += part;
    blob += gzip(part, static_cast<int>(i % 10));
  }
  expect_exact(Compression::gzip, blob, text, 1, text.size());
}

TEST(GzipCheckpoint, ResumesExactlyInOurOwnOutput) {
  const std::string text = samples::mixture(3'500'000);
  expect_exact(Compression::gzip, samples::encode({}, text), text, 256 * 1024, 14);
}

TEST(GzipCheckpoint, CanBeTakenFromResumedDecoders) {
  const std::string text = samples::mixture(1'000'000);
  const auto stored = std::make_shared<const StringAccess>(gzip(text));
  std::vector<std::byte> buffer(30'000);
  std::string found;
  Checkpoint checkpoint;
  while (true) {
    const auto decoder = resume_decoder(Compression::gzip, stored, checkpoint);
    const std::size_t count = decoder->read(buffer);
    if (count == 0) break;
    found += as_text(ByteView(buffer).first(count));
    ASSERT_TRUE(decoder->save(checkpoint));
    ASSERT_EQ(checkpoint.archive_offset_bytes, found.size());
  }
  EXPECT_TRUE(found == text);
}

TEST(GzipCheckpoint, StillChecksTheMember) {
  std::string blob = gzip(samples::words(400'000));
  blob[blob.size() - 6] = static_cast<char>(blob[blob.size() - 6] ^ 1);
  const auto stored = std::make_shared<const StringAccess>(blob);
  const auto decoder = make_decoder(Compression::gzip, stored);
  std::vector<std::byte> buffer(100'000);
  ASSERT_GT(decoder->read(buffer), 0U);
  Checkpoint checkpoint;
  ASSERT_TRUE(decoder->save(checkpoint));
  EXPECT_THROW(rest(Compression::gzip, stored, checkpoint), Error);
}

TEST(GzipCheckpoint, IsTheSameForTheSamePosition) {
  const auto stored = std::make_shared<const StringAccess>(gzip(samples::words(400'000)));
  const std::vector<Checkpoint> first = checkpoints(Compression::gzip, stored, 50'000);
  const std::vector<Checkpoint> second = checkpoints(Compression::gzip, stored, 50'000);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(first[i].state == second[i].state);
}

TEST(GzipCheckpoint, OfWrongSizeIsRefused) {
  const auto stored = std::make_shared<const StringAccess>(gzip(samples::words(400'000)));
  const Checkpoint checkpoint = checkpoints(Compression::gzip, stored, 50'000).at(3);
  for (const std::size_t size :
       {1UL, 8UL, 87'000UL, checkpoint.state.size() - 1, checkpoint.state.size() + 1}) {
    Checkpoint wrong = checkpoint;
    wrong.state.resize(size);
    EXPECT_THROW(resume_decoder(Compression::gzip, stored, wrong), Error) << size;
  }
  EXPECT_THROW(resume_decoder(Compression::gzip, stored, Checkpoint{5, 5, {}}), Error);
}

// Both engines go on exactly from their own states, and know those of the other.
TEST(GzipCheckpoint, IsOfOneEngine) {
  const std::string text = samples::mixture(400'000);
  const auto stored = std::make_shared<const StringAccess>(gzip(text));
  for (const InflateEngine engine : {InflateEngine::own, InflateEngine::isal}) {
    const auto decoder = make_decoder(Compression::gzip, stored, engine);
    std::vector<std::byte> buffer(150'000);
    ASSERT_EQ(read_fully(*decoder, buffer), buffer.size());
    Checkpoint checkpoint;
    ASSERT_TRUE(decoder->save(checkpoint));
    const auto again = resume_decoder(Compression::gzip, stored, checkpoint, engine);
    EXPECT_TRUE(read_all(*again, UINT64_MAX, "rest") ==
                std::string_view(text).substr(buffer.size()));
    const InflateEngine other =
        engine == InflateEngine::own ? InflateEngine::isal : InflateEngine::own;
    EXPECT_THROW(resume_decoder(Compression::gzip, stored, checkpoint, other), Error);
  }
}

TEST(GzipCheckpoint, IsSmall) {
  const auto stored = std::make_shared<const StringAccess>(gzip(samples::words(400'000)));
  for (const Checkpoint& checkpoint : checkpoints(Compression::gzip, stored, 50'000)) {
    EXPECT_LE(checkpoint.state.size(), 33U * 1024 + 512);
  }
}

TEST(ZstdCheckpoint, IsPossibleBetweenFramesOnly) {
  std::string text;
  std::string blob;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const std::string part = samples::words(i * 9'000, i);
    text += part;
    blob += samples::zstd_frame(part);
  }
  expect_exact(Compression::zstd, blob, text, 10'000, 20);
}

// Pieces that divide a frame: its checksum must have been read when its last byte was.
TEST(ZstdCheckpoint, IsPossibleAfterEachFrameOfOurOwnOutput) {
  const std::string text = samples::mixture(17 << 20);
  const std::string blob = samples::encode({Compression::zstd, 0}, text);
  for (const std::size_t piece_bytes : {64UL << 10, 256UL << 10, 4UL << 20, 5UL << 20}) {
    const auto stored = std::make_shared<const StringAccess>(blob);
    const std::vector<Checkpoint> found = checkpoints(Compression::zstd, stored, piece_bytes);
    std::vector<std::uint64_t> offsets;
    for (const Checkpoint& point : found) offsets.push_back(point.archive_offset_bytes);
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    const std::vector<std::uint64_t> expected{0, 4 << 20, 8 << 20, 12 << 20, 16 << 20, 17 << 20};
    EXPECT_EQ(offsets, expected);
  }
  expect_exact(Compression::zstd, blob, text, 256 << 10, 6);
}

// The decoder reads its input in pieces of 128 KiB; wherever such a piece ends in a frame's
// checksum, the frame has to be ended by the read that gives its last byte.
TEST(ZstdCheckpoint, IsPossibleAfterAFrameWhoseChecksumComesInTwoPieces) {
  const std::string text = samples::words(20'000);
  const std::string frame = samples::zstd_frame(text);
  for (std::size_t late = 0; late <= 4; ++late) {
    const std::string before =
        samples::skippable_frame(std::string(128 * 1024 + late - frame.size() - 8, '\0'));
    const auto blob = std::make_shared<const StringAccess>(before + frame + frame);
    const auto decoder = make_decoder(Compression::zstd, blob);
    std::vector<std::byte> buffer(text.size());
    ASSERT_EQ(read_fully(*decoder, buffer), text.size());
    Checkpoint checkpoint;
    ASSERT_TRUE(decoder->save(checkpoint)) << late;
    EXPECT_EQ(checkpoint.blob_offset_bytes, before.size() + frame.size());
    EXPECT_TRUE(rest(Compression::zstd, blob, checkpoint) == text);
  }
}

TEST(ZstdCheckpoint, WithStateIsRefused) {
  const auto stored = std::make_shared<const StringAccess>(samples::zstd_frame("text"));
  EXPECT_THROW(resume_decoder(Compression::zstd, stored, Checkpoint{0, 0, "x"}), Error);
}

TEST(DecoderVersion, CanBeAFileName) {
  EXPECT_EQ(decoder_version().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-"),
            std::string::npos);
}

// A home directory may be shared by machines of two kinds.
TEST(DecoderVersion, BeginsWithTheProcessor) {
  utsname machine{};
  ASSERT_EQ(::uname(&machine), 0);
  std::string name = machine.machine;
  std::replace(name.begin(), name.end(), '_', '-');
  if (name != "x86-64" && name != "aarch64") GTEST_SKIP() << name;
  EXPECT_EQ(decoder_version().substr(0, name.size() + 1), name + "-");
}

}  // namespace
}  // namespace imgops
