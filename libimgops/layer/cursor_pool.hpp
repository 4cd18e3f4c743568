// Cursors kept from one content to the next, since that often lies a little behind. Private to
// `layer`.
#pragma once

#include "libimgops/layer/layer_cache.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace imgops {

// Not thread-safe.
class CursorPool {
 public:
  // Two files that are compared are read by turns: with one cursor for both they would fetch it
  // from each other when they lie in one layer.
  enum class Side : std::uint8_t { left, right };

  // `cache` outlives this.
  explicit CursorPool(LayerCache& cache) : cache_(cache) {}

  // Of `layer`; throws as LayerCache::cursor() does. Who holds it is done with it before asking for
  // the same layer and side again. The windows of all kept ones but this are at most
  // most_window_bytes together, whatever the archives ask for.
  std::shared_ptr<ArchiveCursor> cursor(const LayerIndex& layer, Side side = Side::left);

  // Whether that one was kept once and was dropped for its window.
  bool is_dropped(const LayerIndex& layer, Side side = Side::left) const {
    return dropped_.contains(Name(layer.diff_id, side));
  }

  // Of all that are kept, the last one asked for included.
  std::size_t window_bytes() const;

  // One of the largest, and some of the usual size.
  static constexpr std::size_t most_window_bytes = std::size_t{144} << 20;

 private:
  using Name = std::pair<DiffId, Side>;  // an index's address may be another's tomorrow
  struct Kept {
    Name name;
    std::shared_ptr<ArchiveCursor> cursor;
  };

  void drop_surplus(Side side);

  LayerCache& cache_;
  std::vector<Kept> cursors_;  // last used first
  std::set<Name> dropped_;     // for their windows
  std::size_t window_limit_bytes_ = std::size_t{16} << 20;
};

}  // namespace imgops
