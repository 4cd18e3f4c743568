#include "libimgops/layer/hashing_source.hpp"

#include "libimgops/base/error.hpp"

namespace imgops {
namespace {

constexpr std::uint64_t checkpoint_distance_bytes = 4 << 20;  // of archive
constexpr std::uint64_t progress_distance_bytes = 1 << 20;    // of blob

}  // namespace

std::size_t MeteredSource::read(std::span<std::byte> buffer) {
  const std::size_t count = source_->read(buffer);
  meter_.count(buffer.first(count));
  return count;
}

std::size_t ArchiveSource::read(std::span<std::byte> buffer) {
  if (watchers_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled");
  save_checkpoint();
  const std::size_t count = decoder_.read(buffer);
  archive_.count(buffer.first(count));
  tell_progress();
  return count;
}

// A zstd decoder can be saved between two frames only: then it is tried again at every read.
void ArchiveSource::save_checkpoint() {
  if (watchers_.sink == nullptr) return;
  if (archive_.bytes - last_checkpoint_ < checkpoint_distance_bytes) return;
  Checkpoint checkpoint;
  if (!decoder_.save(checkpoint)) return;
  watchers_.sink->checkpoint(checkpoint);
  last_checkpoint_ = archive_.bytes;
}

void ArchiveSource::tell_progress() {
  const bool complete = blob_.bytes == watchers_.blob_bytes && blob_.bytes != last_progress_;
  if (!complete && blob_.bytes - last_progress_ < progress_distance_bytes) return;
  last_progress_ = blob_.bytes;
  watchers_.observer.progress("index", watchers_.subject, blob_.bytes, watchers_.blob_bytes);
}

}  // namespace imgops
