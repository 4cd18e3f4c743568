#include "libimgops/codec/ordered_blocks.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// Beside one for each thread, so that a few that take long do not keep the others waiting.
constexpr std::size_t spare_blocks = 2;

}  // namespace

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
    if (input_.size() == block_bytes_) flush();
  }
}

void OrderedBlocks::finish() {
  flush();
  while (!pending_.empty()) deliver_oldest();
}

void OrderedBlocks::flush() {
  if (input_.empty()) return;
  const auto block = std::make_shared<Block>();
  block->input = std::exchange(input_, {});
  add(block, [block, encode = encode_] { block->encoded = (*encode)(as_bytes(block->input)); });
  if (!spare_.empty()) {
    input_ = std::move(spare_.back());
    spare_.pop_back();
  }
}

void OrderedBlocks::insert(std::function<EncodedBlock()> make) {
  flush();
  const auto block = std::make_shared<Block>();
  add(block, [block, make = std::move(make)] { block->encoded = make(); });
}

// The task shares the block: when an error elsewhere drops us, nobody has to wait for it. (The
// block does not hold the future, which holds the task: nobody would ever free the three.)
void OrderedBlocks::add(std::shared_ptr<Block> block, std::function<void()> task) {
  pending_.push_back(Pending{std::move(block), workers_.submit(std::move(task))});
  if (pending_.size() > workers_.size() + spare_blocks) deliver_oldest();
}

void OrderedBlocks::deliver_oldest() {
  Pending oldest = std::move(pending_.front());
  pending_.pop_front();
  workers_.wait(oldest.done);
  deliver_(oldest.block->encoded);
  if (oldest.block->input.empty()) return;
  oldest.block->input.clear();
  spare_.push_back(std::move(oldest.block->input));
}

}  // namespace imgops
