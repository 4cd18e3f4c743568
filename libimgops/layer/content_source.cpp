#include "libimgops/layer/content_source.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

std::span<std::byte> at_most(std::span<std::byte> buffer, std::uint64_t size) {
  return buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size)));
}

}  // namespace

Error changed_archive(const LayerIndex& layer, const std::string& what) {
  const Digest& digest = layer.diff_id.digest;
  return {ErrorKind::corrupt, "layer " + std::string(digest.algorithm_name()) + ":" +
                                  digest.short_text() + ": " + what};
}

SpanSource::SpanSource(std::shared_ptr<ArchiveCursor> cursor, const LayerIndex& layer,
                       std::uint64_t offset_bytes, std::uint64_t size_bytes)
    : cursor_(std::move(cursor)), layer_(layer), offset_(offset_bytes), left_(size_bytes) {}

std::size_t SpanSource::read(std::span<std::byte> buffer) {
  if (left_ == 0) return 0;
  const std::size_t count =
      read_of_layer(layer_, [&] { return cursor_->read_at(offset_, at_most(buffer, left_)); });
  if (count == 0) throw changed_archive(layer_, "archive ends early");
  offset_ += count;
  left_ -= count;
  return count;
}

FingerprintedSource::FingerprintedSource(std::unique_ptr<Source> source, const LayerIndex& layer,
                                         const Fingerprint& expected)
    : source_(std::move(source)), layer_(layer), expected_(expected) {}

std::size_t FingerprintedSource::read(std::span<std::byte> buffer) {
  if (ended_) return 0;
  const std::size_t count = source_->read(buffer);
  hasher_.update(buffer.first(count));
  if (count != 0) return count;
  ended_ = true;
  if (hasher_.finish() != expected_) {
    throw changed_archive(layer_, "content is not what it was when it was indexed");
  }
  return 0;
}

SizedSource::SizedSource(std::unique_ptr<Source> source, std::uint64_t size_bytes,
                         std::string subject)
    : source_(std::move(source)), left_(size_bytes), subject_(std::move(subject)) {}

std::size_t SizedSource::read(std::span<std::byte> buffer) {
  std::array<std::byte, 1> probe{};
  const std::size_t count =
      source_->read(left_ == 0 ? std::span<std::byte>(probe) : at_most(buffer, left_));
  if ((count == 0) != (left_ == 0)) {
    throw Error(ErrorKind::conflict, subject_ + ": changed its size while it was read");
  }
  left_ -= count;
  return count;
}

SparseSource::SparseSource(std::unique_ptr<Source> source, const std::vector<SparseRun>& runs,
                           std::uint64_t size_bytes)
    : source_(std::move(source)), runs_(runs), size_(size_bytes) {}

std::size_t SparseSource::read(std::span<std::byte> buffer) {
  while (run_ < runs_.size() && runs_[run_].offset_bytes + runs_[run_].size_bytes <= at_) ++run_;
  if (run_ < runs_.size() && runs_[run_].offset_bytes <= at_) {
    return read_run(buffer, runs_[run_].offset_bytes + runs_[run_].size_bytes);
  }
  const std::uint64_t hole_end = run_ < runs_.size() ? runs_[run_].offset_bytes : size_;
  if (hole_end <= at_) {
    // Its end is where a source below checks what it gave.
    std::array<std::byte, 1> probe{};
    if (source_->read(probe) != 0) throw Error(ErrorKind::corrupt, "sparse file: data left over");
    return 0;
  }
  const std::span<std::byte> hole = at_most(buffer, hole_end - at_);
  std::ranges::fill(hole, std::byte{0});
  at_ += hole.size();
  return hole.size();
}

std::size_t SparseSource::read_run(std::span<std::byte> buffer, std::uint64_t run_end) {
  const std::size_t count = source_->read(at_most(buffer, run_end - at_));
  if (count == 0) throw Error(ErrorKind::corrupt, "sparse file: data missing");
  at_ += count;
  return count;
}

}  // namespace imgops
