#include "libimgops/transfer/delta_reader.hpp"
#include "libimgops/transfer/delta_writer.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace imgops {
namespace {

using testing::kind_of;

std::vector<DeltaSource> sources_of(const std::vector<std::string>& texts) {
  std::vector<DeltaSource> sources;
  for (const std::string& text : texts) {
    sources.push_back(plain_source(std::make_shared<StringAccess>(text)));
  }
  return sources;
}

std::string applied(const std::string& delta, const std::vector<std::string>& texts,
                    std::uint64_t size) {
  StringSink sink;
  apply_delta(StringAccess(delta), sources_of(texts), size, sink);
  return sink.take();
}

std::string finished(const DeltaPlan& plan, const std::string& frames = "") {
  return frames + encode_plan_end(plan);
}

TEST(Delta, CopiesAndNewBytesComeInTheirOrder) {
  const std::vector<std::string> texts = {"0123456789", "abcdef"};
  const auto sources = sources_of(texts);
  StringSink sink;
  DeltaWriter writer(sources, sink);
  const std::vector<DeltaSpan> reference = {{1, 0, 6}};
  writer.copy({0, 2, 3});
  writer.add(as_bytes("new"), reference);
  writer.copy({1, 4, 2});
  writer.add(as_bytes("end"));
  EXPECT_EQ(writer.finish(), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(applied(sink.text(), texts, 11), "234newefend");
}

TEST(Delta, SpansThatFollowEachOtherAreOne) {
  const auto sources = sources_of({"0123456789"});
  StringSink one;
  DeltaWriter joined(sources, one);
  joined.copy({0, 0, 3});
  joined.copy({0, 3, 4});
  joined.finish();
  StringSink other;
  DeltaWriter whole(sources, other);
  whole.copy({0, 0, 7});
  whole.finish();
  EXPECT_EQ(one.text(), other.text());
}

TEST(Delta, OnlySourcesThatAreUsedAreNeeded) {
  const std::vector<std::string> texts = {"unused", "used"};
  const auto sources = sources_of(texts);
  StringSink sink;
  DeltaWriter writer(sources, sink);
  writer.copy({1, 0, 4});
  EXPECT_EQ(writer.finish(), std::vector<std::uint32_t>{1});
  EXPECT_EQ(applied(sink.text(), {"used"}, 4), "used");
}

TEST(Delta, APlanComesBack) {
  DeltaPlan plan;
  plan.steps = {{DeltaSpan{1, 90, 10}, 0}, {std::nullopt, 5}, {DeltaSpan{1, 3, 7}, 0}};
  plan.frames = {{{{0, 1, 2}, {1, 5, 5}}, 5, 20}};
  EXPECT_EQ(decode_plan(encode_plan(plan), {3, 100}, 22), plan);
}

// Each says something else than it is; none may read outside or allocate what it claims.
TEST(Delta, PlansThatLieAreRefused) {
  const DeltaSpan span{0, 0, 4};
  const std::vector<std::pair<DeltaPlan, std::uint64_t>> lies = {
      {{{{DeltaSpan{0, 8, 4}, 0}}, {}}, 4},               // behind the end
      {{{{DeltaSpan{0, UINT64_MAX - 1, 4}, 0}}, {}}, 4},  // around the end of numbers
      {{{{DeltaSpan{1, 0, 4}, 0}}, {}}, 4},               // no such source
      {{{{span, 0}}, {}}, 5},                             // less than promised
      {{{{span, 0}}, {}}, 3},                             // more
      {{{{DeltaSpan{0, 0, 0}, 0}}, {}}, 0},               // nothing
      {{{{std::nullopt, 4}}, {}}, 4},                     // new bytes without frames
      {{{{std::nullopt, 4}}, {{{}, 5, 9}}}, 4},           // frames that are not used
      {{{{std::nullopt, 1ULL << 40}}, {{{}, 1ULL << 40, 9}}}, 1ULL << 40},  // a huge frame
      {{{{std::nullopt, 4}}, {{{DeltaSpan{0, 0, 11}}, 4, 9}}}, 4},          // a reference outside
  };
  for (const auto& [plan, size] : lies) {
    EXPECT_EQ(kind_of([&, bytes = encode_plan(plan), wanted = size] {
                decode_plan(bytes, {10}, wanted);
              }),
              ErrorKind::corrupt);
  }
}

TEST(Delta, TruncationIsRefused) {
  const auto sources = sources_of({"0123456789"});
  StringSink sink;
  DeltaWriter writer(sources, sink);
  writer.copy({0, 2, 3});
  writer.add(as_bytes("some new bytes"));
  writer.finish();
  const std::string whole = sink.take();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(kind_of([&] { applied(whole.substr(0, size), {"0123456789"}, 17); }),
              ErrorKind::corrupt)
        << size;
  }
}

TEST(Delta, APlanThatPromisesToBeHugeIsRefusedUnread) {
  std::string delta = finished({{{DeltaSpan{0, 0, 4}, 0}}, {}});
  delta[delta.size() - 3] = 1;  // its size, above 2^40
  EXPECT_EQ(kind_of([&] { applied(delta, {"0123"}, 4); }), ErrorKind::corrupt);
}

TEST(Delta, ASourceThatIsShorterThanItSaysIsRefused) {
  const std::string delta = finished({{{DeltaSpan{0, 0, 8}, 0}}, {}});
  auto sources = sources_of({"0123"});
  sources[0].size_bytes = 8;
  StringSink sink;
  EXPECT_EQ(kind_of([&] { apply_delta(StringAccess(delta), sources, 8, sink); }),
            ErrorKind::corrupt);
}

}  // namespace
}  // namespace imgops
