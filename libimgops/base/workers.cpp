#include "libimgops/base/workers.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>

namespace imgops {
namespace {

thread_local const Workers* working_for = nullptr;

}  // namespace

Workers::Workers(std::size_t threads) {
  threads = std::max<std::size_t>(threads, 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

void Workers::run() {
  working_for = this;
  while (true) {
    std::packaged_task<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

bool Workers::run_one() {
  std::packaged_task<void()> task;
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return false;
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  task();
  return true;
}

std::future<void> Workers::submit(std::function<void()> task, Turn turn) {
  std::packaged_task<void()> packaged(std::move(task));
  std::future<void> future = packaged.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (turn == Turn::before_others) {
      tasks_.push_front(std::move(packaged));
    } else {
      tasks_.push_back(std::move(packaged));
    }
  }
  changed_.notify_one();
  return future;
}

void Workers::wait(std::future<void>& future) {
  using namespace std::chrono_literals;
  while (working_for == this && future.wait_for(0s) != std::future_status::ready) {
    // Nothing queued means that our task runs on another thread already.
    if (!run_one()) future.wait();
  }
  future.get();
}

void Workers::for_each_index(std::size_t count, const std::function<void(std::size_t)>& body,
                             const std::stop_token& stop) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex failure_mutex;
  std::size_t failed_index = count;
  std::exception_ptr failure;
  const auto work = [&] {
    while (!failed.load() && !stop.stop_requested()) {
      const std::size_t index = next++;
      if (index >= count) return;
      try {
        body(index);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        failed = true;
        if (index < failed_index) {
          failed_index = index;
          failure = std::current_exception();
        }
      }
    }
  };
  std::vector<std::future<void>> helpers;
  for (std::size_t i = 1; i < std::min(count, size()); ++i) helpers.push_back(submit(work));
  work();
  for (std::future<void>& helper : helpers) wait(helper);
  if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
}

}  // namespace imgops
