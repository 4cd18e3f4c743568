// An uncompressed blob is read where it lies. Of a compressed one the last piece decoded is kept:
// what lies in it is copied, what lies ahead is decoded on to, and what lies behind, or so far
// ahead that it pays, is decoded from the last checkpoint before it.
#include "libimgops/layer/archive_cursor.hpp"

#include "libimgops/codec/codec.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace imgops {
namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
// Starting again costs a new decoder and a state read; decoding this much costs about as much.
constexpr std::uint64_t worthwhile_skip_bytes = 1 << 20;

class PlainCursor final : public ArchiveCursor {
 public:
  explicit PlainCursor(std::shared_ptr<const RandomAccess> blob) : blob_(std::move(blob)) {}

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const std::size_t count = blob_->read_at(offset + filled, buffer.subspan(filled));
      if (count == 0) break;
      filled += count;
    }
    return filled;
  }

  ByteView view_at(std::uint64_t offset) override {
    buffer_.resize(buffer_bytes);
    return ByteView(buffer_).first(read_at(offset, buffer_));
  }

  bool watch_blocks(BlockWatcher*) override { return false; }

 private:
  std::shared_ptr<const RandomAccess> blob_;
  std::vector<std::byte> buffer_;
};

class DecodingCursor final : public ArchiveCursor {
 public:
  explicit DecodingCursor(StoredArchive archive)
      : archive_(std::move(archive)), buffer_(buffer_bytes) {}

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
    return read_views(*this, offset, buffer);
  }

  // What is decoded from `offset` on, at least one byte unless the archive ends there.
  ByteView view_at(std::uint64_t offset) override {
    if (offset >= archive_.archive_bytes) return {};
    if (decoder_ == nullptr || offset < piece_offset_ || offset >= piece_end()) seek(offset);
    while (offset >= piece_end()) {
      if (!decode_piece()) return {};
    }
    return ByteView(buffer_)
        .first(piece_bytes_)
        .subspan(static_cast<std::size_t>(offset - piece_offset_));
  }

  bool watch_blocks(BlockWatcher* watcher) override {
    watcher_ = watcher;
    if (decoder_ != nullptr) decoder_->watch_blocks(watcher);
    return archive_.compression == Compression::gzip;
  }

  std::size_t window_bytes() const override {
    return decoder_ == nullptr ? 0 : decoder_->window_bytes();
  }

 private:
  std::uint64_t piece_end() const noexcept { return piece_offset_ + piece_bytes_; }

  // False at the end of the archive.
  bool decode_piece() {
    piece_offset_ = piece_end();
    piece_bytes_ = 0;  // should read() throw
    piece_bytes_ = decoder_->read(buffer_);
    return piece_bytes_ != 0;
  }

  // Puts the decoder to a place at or before `offset`.
  void seek(std::uint64_t offset) {
    const bool behind = decoder_ == nullptr || offset < piece_offset_;
    const CheckpointPlace* const place = archive_.checkpoints->last_before(offset);
    const std::uint64_t here = behind ? 0 : piece_end();
    const bool pays =
        place != nullptr && place->archive_offset_bytes > here + worthwhile_skip_bytes;
    const bool nearer = behind && place != nullptr && place->archive_offset_bytes > 0;
    if ((pays || nearer) && resume(*place)) return;
    if (behind) start(make_decoder(archive_.compression, archive_.blob), 0);
  }

  bool resume(const CheckpointPlace& place) {
    const std::optional<Checkpoint> checkpoint = archive_.checkpoints->load(place);
    if (!checkpoint) {
      // The file of the states was cut or changed: not asked again by this cursor.
      archive_.checkpoints =
          std::make_shared<CheckpointTable>(std::vector<CheckpointPlace>(), nullptr);
      return false;
    }
    start(resume_decoder(archive_.compression, archive_.blob, *checkpoint),
          checkpoint->archive_offset_bytes);
    return true;
  }

  void start(std::unique_ptr<Decoder> decoder, std::uint64_t offset) {
    decoder_ = std::move(decoder);
    if (watcher_ != nullptr) decoder_->watch_blocks(watcher_);
    piece_offset_ = offset;
    piece_bytes_ = 0;
  }

  StoredArchive archive_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<std::byte> buffer_;
  std::uint64_t piece_offset_ = 0;  // of what is in the buffer
  std::size_t piece_bytes_ = 0;
  BlockWatcher* watcher_ = nullptr;
};

}  // namespace

std::unique_ptr<ArchiveCursor> make_plain_cursor(std::shared_ptr<const RandomAccess> bytes) {
  return std::make_unique<PlainCursor>(std::move(bytes));
}

std::unique_ptr<ArchiveCursor> make_archive_cursor(StoredArchive archive) {
  if (archive.compression == Compression::none) return make_plain_cursor(std::move(archive.blob));
  return std::make_unique<DecodingCursor>(std::move(archive));
}

std::size_t read_views(ArchiveCursor& cursor, std::uint64_t offset_bytes,
                       std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ByteView view = cursor.view_at(offset_bytes + filled);
    if (view.empty()) break;
    const std::size_t count = std::min(view.size(), buffer.size() - filled);
    std::memcpy(buffer.data() + filled, view.data(), count);
    filled += count;
  }
  return filled;
}

}  // namespace imgops
