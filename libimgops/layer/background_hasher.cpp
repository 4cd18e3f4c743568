#include "libimgops/layer/background_hasher.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t most_waiting = 8;

}  // namespace

// The blocks on their way. One task at a time works on them, until there are none.
struct BackgroundHasher::Queue {
  using Block = std::vector<std::byte>;

  explicit Queue(DigestAlgorithm algorithm) : hasher(algorithm) {}

  DigestHasher hasher;  // of the task alone, while there is one
  std::mutex mutex;
  std::deque<Block> waiting;
  std::vector<Block> spare;
  bool has_task = false;

  void hash_all();
};

void BackgroundHasher::Queue::hash_all() {
  Block block;
  while (true) {
    {
      const std::lock_guard lock(mutex);
      if (block.capacity() != 0) spare.push_back(std::move(block));
      has_task = !waiting.empty();
      if (!has_task) return;
      block = std::move(waiting.front());
      waiting.pop_front();
    }
    hasher.update(block);
  }
}

BackgroundHasher::BackgroundHasher(Workers& workers, const std::stop_token& stop,
                                   DigestAlgorithm algorithm)
    : workers_(workers), stop_(stop), queue_(std::make_shared<Queue>(algorithm)) {}

void BackgroundHasher::update(ByteView bytes) {
  while (!bytes.empty()) {
    filling_.reserve(block_bytes);
    const std::size_t count = std::min(bytes.size(), block_bytes - filling_.size());
    filling_.insert(filling_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (filling_.size() == block_bytes) flush();
  }
}

void BackgroundHasher::flush() {
  if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
  bool is_full = false;
  bool needs_task = false;
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->waiting.push_back(std::exchange(filling_, {}));
    if (!queue_->spare.empty()) {
      filling_ = std::move(queue_->spare.back());
      queue_->spare.pop_back();
      filling_.clear();
    }
    is_full = queue_->waiting.size() >= most_waiting;
    needs_task = !std::exchange(queue_->has_task, true);
  }
  // The task owns what it uses, so that an exception here need not wait for it.
  if (needs_task)
    emptied_ =
        workers_.submit([queue = queue_] { queue->hash_all(); }, Workers::Turn::before_others);
  if (is_full) workers_.wait(emptied_);
}

Digest BackgroundHasher::finish() {
  flush();
  if (emptied_.valid()) workers_.wait(emptied_);
  return queue_->hasher.finish();
}

}  // namespace imgops
