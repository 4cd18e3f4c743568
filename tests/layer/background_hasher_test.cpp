#include "libimgops/layer/background_hasher.hpp"

#include "libimgops/base/error.hpp"
#include "tests/layer/layer_world.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

Digest hash(const std::string& text, std::size_t step, std::size_t threads) {
  Workers workers(threads);
  BackgroundHasher hasher(workers, {});
  for (std::size_t at = 0; at < text.size(); at += step) {
    hasher.update(as_bytes(std::string_view(text).substr(at, step)));
  }
  return hasher.finish();
}

TEST(BackgroundHasher, HashesAllBytesInTheirOrder) {
  const std::string text = testing::noise(9'000'000, 1);
  const Digest expected = digest_of(as_bytes(text));
  for (const std::size_t threads : {1UL, 2UL, 8UL}) {
    for (const std::size_t step : {1'000UL, 262'144UL, 300'001UL, 9'000'000UL}) {
      EXPECT_EQ(hash(text, step, threads), expected) << threads << " " << step;
    }
  }
  EXPECT_EQ(hash("", 1, 1), digest_of({}));
}

// All threads wait for hashes then, and run them meanwhile.
TEST(BackgroundHasher, HashesInsideOfTasksToo) {
  const std::string text = testing::noise(6'000'000, 2);
  const Digest expected = digest_of(as_bytes(text));
  Workers workers(2);
  workers.for_each_index(6, [&](std::size_t) {
    BackgroundHasher hasher(workers, {});
    hasher.update(as_bytes(text));
    EXPECT_EQ(hasher.finish(), expected);
  });
}

TEST(BackgroundHasher, IsCancelledBetweenBlocks) {
  Workers workers(1);
  std::stop_source stop;
  BackgroundHasher hasher(workers, stop.get_token());
  stop.request_stop();
  const std::string text(1'000'000, 'x');
  EXPECT_THROW(hasher.update(as_bytes(text)), Error);
}

}  // namespace
}  // namespace imgops
