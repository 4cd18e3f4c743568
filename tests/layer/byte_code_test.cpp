#include "libimgops/layer/byte_code.hpp"

#include "libimgops/base/error.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace imgops {
namespace {

TEST(ByteCode, ReturnsNumbersOfEverySize) {
  ByteWriter writer;
  for (unsigned bit = 0; bit < 64; ++bit) writer.number(1ULL << bit);
  writer.number(UINT64_MAX);
  ByteReader reader(writer.bytes());
  for (unsigned bit = 0; bit < 64; ++bit) EXPECT_EQ(reader.number(), 1ULL << bit);
  EXPECT_EQ(reader.number(), UINT64_MAX);
  EXPECT_EQ(reader.left(), 0U);
}

TEST(ByteCode, ReturnsSignedNumbersOfEverySize) {
  using Limits = std::numeric_limits<std::int64_t>;
  ByteWriter writer;
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{64}, Limits::min(), Limits::max()}) {
    writer.signed_number(value);
  }
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.signed_number(), 0);
  EXPECT_EQ(reader.signed_number(), -1);
  EXPECT_EQ(reader.signed_number(), 64);
  EXPECT_EQ(reader.signed_number(), Limits::min());
  EXPECT_EQ(reader.signed_number(), Limits::max());
}

TEST(ByteCode, SmallNumbersTakeOneByteInBothDirections) {
  ByteWriter writer;
  writer.number(127);
  writer.signed_number(-64);
  writer.signed_number(63);
  EXPECT_EQ(writer.bytes().size(), 3U);
}

TEST(ByteCode, RefusesANumberOfMoreThan64Bits) {
  const std::string bytes = std::string(9, '\xFF') + '\x02';
  EXPECT_THROW(ByteReader(bytes).number(), Error);
}

TEST(ByteCode, RefusesANumberThatIsCut) {
  EXPECT_THROW(ByteReader("\xFF").number(), Error);
}

TEST(ByteCode, RefusesATextLongerThanWhatIsThere) {
  ByteWriter writer;
  writer.number(UINT64_MAX);
  EXPECT_THROW(ByteReader(writer.bytes()).text(), Error);
}

TEST(ByteCode, RefusesANumberTooLargeForItsType) {
  ByteWriter writer;
  writer.number(65536);
  EXPECT_THROW(ByteReader(writer.bytes()).number_of<std::uint16_t>(), Error);
}

}  // namespace
}  // namespace imgops
