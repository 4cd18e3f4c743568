#include "libimgops/base/workers.hpp"

#include "libimgops/base/error.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace imgops {
namespace {

TEST(Workers, EveryIndexRunsOnce) {
  Workers workers(4);
  std::vector<std::atomic<int>> seen(1000);
  workers.for_each_index(seen.size(), [&](std::size_t index) { ++seen[index]; });
  for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
}

TEST(Workers, LoopsNestWithoutWaitingForEachOther) {
  Workers workers(2);
  std::atomic<int> total{0};
  workers.for_each_index(
      8, [&](std::size_t) { workers.for_each_index(8, [&](std::size_t) { ++total; }); });
  EXPECT_EQ(total.load(), 64);
}

TEST(Workers, TheLowestFailureIsTold) {
  Workers workers(1);
  try {
    workers.for_each_index(10, [](std::size_t index) {
      if (index >= 3) throw Error(ErrorKind::conflict, std::to_string(index));
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "3");
  }
}

TEST(Workers, WhoWaitsOutsideOfATaskRunsNoOther) {
  Workers workers(1);
  const std::thread::id here = std::this_thread::get_id();
  std::atomic<bool> ran_here{false};
  std::vector<std::future<void>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(workers.submit([&] {
      if (std::this_thread::get_id() == here) ran_here = true;
    }));
  }
  for (auto& task : tasks) workers.wait(task);
  EXPECT_FALSE(ran_here.load());
}

TEST(Workers, WhatIsUrgentComesBeforeWhatWaits) {
  Workers workers(1);
  std::promise<void> go;
  std::string order;
  std::vector<std::future<void>> tasks;
  tasks.push_back(workers.submit([&] { go.get_future().wait(); }));
  tasks.push_back(workers.submit([&] { order += 'b'; }));
  tasks.push_back(workers.submit([&] { order += 'a'; }, Workers::Turn::before_others));
  go.set_value();
  for (auto& task : tasks) workers.wait(task);
  EXPECT_EQ(order, "ab");
}

TEST(Workers, AskedToStopTheyStop) {
  Workers workers(2);
  std::stop_source stop;
  std::atomic<int> done{0};
  EXPECT_THROW(workers.for_each_index(
                   1000000,
                   [&](std::size_t) {
                     if (++done == 10) stop.request_stop();
                   },
                   stop.get_token()),
               Error);
  EXPECT_LT(done.load(), 1000000);
}

TEST(Workers, TransformKeepsTheOrder) {
  Workers workers(3);
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  const auto doubled =
      transform(workers, std::span<const int>(items), [](const int& item) { return 2 * item; });
  for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(doubled[i], 2 * items[i]);
}

}  // namespace
}  // namespace imgops
