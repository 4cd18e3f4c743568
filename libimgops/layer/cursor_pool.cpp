// As many cursors as a walk over one image needs are kept, the one longest unused goes first. Their
// windows are a stranger's choice: few bytes of them are kept at first, since most reading goes
// through one layer after the other. A layer that is asked for again after its cursor was dropped
// shows that layers take turns, and its archive may have to be decoded from the front each time:
// the limit is doubled then, as often as there is room.
#include "libimgops/layer/cursor_pool.hpp"

#include <algorithm>

namespace imgops {
namespace {

// A cursor takes some 400 KiB (buffer, window of gzip, blob buffer).
constexpr std::ptrdiff_t cursors_kept = 24;  // of each side

}  // namespace

std::shared_ptr<ArchiveCursor> CursorPool::cursor(const LayerIndex& layer, Side side) {
  const Name name(layer.diff_id, side);
  const auto found = std::ranges::find(cursors_, name, &Kept::name);
  if (found != cursors_.end()) {
    std::rotate(cursors_.begin(), found, found + 1);
  } else {
    std::shared_ptr<ArchiveCursor> made = cache_.cursor(layer);
    if (dropped_.erase(name) > 0) {
      window_limit_bytes_ = std::min(2 * window_limit_bytes_, most_window_bytes);
    }
    cursors_.insert(cursors_.begin(), Kept{name, std::move(made)});
  }
  drop_surplus(side);
  return cursors_.front().cursor;
}

std::size_t CursorPool::window_bytes() const {
  std::size_t total = 0;
  for (const Kept& kept : cursors_) total += kept.cursor->window_bytes();
  return total;
}

void CursorPool::drop_surplus(Side side) {
  const auto is_of_side = [&](const Kept& kept) { return kept.name.second == side; };
  if (std::ranges::count_if(cursors_, is_of_side) > cursors_kept) {
    const auto longest_unused = std::find_if(cursors_.rbegin(), cursors_.rend(), is_of_side);
    cursors_.erase(std::next(longest_unused).base());
  }
  std::size_t total = 0;
  const auto is_too_much = [&](const Kept& kept) {
    const std::size_t bytes = kept.cursor->window_bytes();
    if (total + bytes > window_limit_bytes_) {
      dropped_.insert(kept.name);
      return true;
    }
    total += bytes;
    return false;
  };
  // The first is in use. In order, so that those used last stay.
  auto kept = std::next(cursors_.begin());
  for (auto one = kept; one != cursors_.end(); ++one) {
    if (is_too_much(*one)) continue;
    if (kept != one) *kept = std::move(*one);
    ++kept;
  }
  cursors_.erase(kept, cursors_.end());
}

}  // namespace imgops
