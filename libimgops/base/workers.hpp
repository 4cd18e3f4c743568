// The threads of the program: made once, handed down. The library starts no others.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace imgops {

// Thread-safe. Loops may nest: a thread that waits for its loop works on it meanwhile.
class Workers {
 public:
  // `threads` at least 1; all work on tasks, and whoever calls for_each_index works too.
  explicit Workers(std::size_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::size_t size() const noexcept { return threads_.size(); }

  // Before which tasks one is begun: those that came earlier go first, or those that come next.
  enum class Turn : std::uint8_t { after_others, before_others };

  // Runs `task` once on some thread; what it throws comes out of the future.
  std::future<void> submit(std::function<void()> task, Turn turn = Turn::after_others);

  // Waits for `future` and rethrows what its task threw. Inside of a task others are run meanwhile,
  // since all threads might be waiting; elsewhere not: the one waited for might be done long before
  // another.
  void wait(std::future<void>& future);

  // body(0) … body(count - 1), in any order and at once. When several throw, the lowest index wins.
  // When `stop` is asked for, no further index starts and Error(cancelled) is thrown.
  void for_each_index(std::size_t count, const std::function<void(std::size_t)>& body,
                      const std::stop_token& stop = {});

 private:
  void run();
  bool run_one();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<void()>> tasks_;
  bool ending_ = false;
  std::vector<std::jthread> threads_;  // last, so that they end first
};

// function(item) of each item, results in the order of the items.
template <class Item, class Function>
auto transform(Workers& workers, std::span<const Item> items, const Function& function,
               const std::stop_token& stop = {}) {
  using Result = std::invoke_result_t<const Function&, const Item&>;
  std::vector<Result> results(items.size());
  workers.for_each_index(
      items.size(), [&](std::size_t index) { results[index] = function(items[index]); }, stop);
  return results;
}

}  // namespace imgops
