// The layers of an image are the lowest of another's when its ChainId is that of one of the other's
// beginnings: one look into a table. What load_platform() would not read, because it is listed for
// another platform, is not read here either.
#include "libimgops/repository/stack_filter.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace imgops {

StackFilter::StackFilter(const Collection& collection, const Image& image, Wanted wanted) {
  const auto& listed = collection.index.manifests();
  if (!collection.cache) {
    positions_.resize(listed.size());
    std::iota(positions_.begin(), positions_.end(), std::size_t{0});
    return;
  }
  const std::shared_ptr<const LearnedStacks> learned =
      collection.memory != nullptr
          ? collection.memory->stacks(collection, image.platform())
          : std::make_shared<const LearnedStacks>(learn_stacks(collection, image.platform()));
  positions_ = learned->unknown;
  std::optional<Digest> below;
  const std::size_t unwanted = wanted == Wanted::any || image.layers().empty() ? 0 : 1;
  for (const ImageLayer& layer : image.layers().first(image.layers().size() - unwanted)) {
    below = below ? chain_id(std::array{DiffId{*below}, layer.diff_id}) : layer.diff_id.digest;
    const auto found = learned->by_chain.find(*below);
    if (found == learned->by_chain.end()) continue;
    positions_.insert(positions_.end(), found->second.begin(), found->second.end());
  }
  std::ranges::sort(positions_);
  positions_.erase(std::ranges::unique(positions_).begin(), positions_.end());
}

}  // namespace imgops
