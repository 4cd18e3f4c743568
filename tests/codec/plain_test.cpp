#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>

#include <array>

namespace imgops {
namespace {

TEST(PlainEncoder, PassesBytesThrough) {
  const std::string text = samples::random_bytes(300'000);
  EXPECT_EQ(samples::encode({Compression::none, 0}, text), text);
}

TEST(PlainDecoder, PassesBytesThrough) {
  const std::string text = samples::random_bytes(300'000);
  EXPECT_EQ(samples::decode(Compression::none, text), text);
}

TEST(PlainDecoder, CanBeSavedAnywhere) {
  const auto blob = std::make_shared<const StringAccess>("0123456789");
  const auto decoder = make_decoder(Compression::none, blob);
  std::array<std::byte, 4> buffer{};
  ASSERT_EQ(decoder->read(buffer), 4U);
  Checkpoint checkpoint;
  ASSERT_TRUE(decoder->save(checkpoint));
  const auto resumed = resume_decoder(Compression::none, blob, checkpoint);
  EXPECT_EQ(read_all(*resumed, 100, "rest"), "456789");
}

}  // namespace
}  // namespace imgops
