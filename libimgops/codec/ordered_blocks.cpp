#include "libimgops/codec/ordered_blocks.hpp"

#include <algorithm>
#include <utility>

namespace imgops {

struct OrderedBlocks::Block {
  std::string input;
  EncodedBlock encoded;
};

OrderedBlocks::OrderedBlocks(Workers& workers, std::size_t block_bytes, Encode encode,
                             Deliver deliver)
    : workers_(workers),
      block_bytes_(block_bytes),
      encode_(std::make_shared<const Encode>(std::move(encode))),
      deliver_(std::move(deliver)) {}

void OrderedBlocks::write(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), block_bytes_ - input_.size());
    input_.reserve(block_bytes_);
    input_ += as_text(bytes.first(count));
    bytes = bytes.subspan(count);
    if (input_.size() == block_bytes_) submit();
  }
}

void OrderedBlocks::finish() {
  if (!input_.empty()) submit();
  while (!pending_.empty()) deliver_oldest();
}

// The task shares the block: when an error elsewhere drops us, nobody has to wait for it. (The
// block does not hold the future, which holds the task: nobody would ever free the three.)
void OrderedBlocks::submit() {
  const auto block = std::make_shared<Block>();
  block->input = std::exchange(input_, {});
  std::future<void> done = workers_.submit(
      [block, encode = encode_] { block->encoded = (*encode)(as_bytes(block->input)); });
  pending_.push_back(Pending{block, std::move(done)});
  if (pending_.size() > workers_.size()) deliver_oldest();
  if (!spare_.empty()) {
    input_ = std::move(spare_.back());
    spare_.pop_back();
  }
}

void OrderedBlocks::deliver_oldest() {
  Pending oldest = std::move(pending_.front());
  pending_.pop_front();
  workers_.wait(oldest.done);
  deliver_(oldest.block->encoded);
  oldest.block->input.clear();
  spare_.push_back(std::move(oldest.block->input));
}

}  // namespace imgops
