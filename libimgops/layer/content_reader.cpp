// Cursors are kept, since the next content asked for often lies a little behind the last; as many
// as a walk over one image needs, the one longest unused goes first. Comparing has cursors of its
// own for the right-hand side: two files of one layer would otherwise fetch the cursor from each
// other.
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace imgops {
namespace {

// A cursor takes some 400 KiB (buffer, window, blob buffer).
constexpr std::size_t cursors_kept = 24;
constexpr std::size_t piece_bytes = 128 * 1024;

std::uint64_t stored_bytes(const Content& content) {
  if (content.sparse == nullptr) return content.size_bytes;
  std::uint64_t total = 0;
  for (const SparseRun& run : *content.sparse) total += run.size_bytes;
  return total;
}

class CursorPool {
 public:
  explicit CursorPool(LayerCache& cache) : cache_(cache) {}

  std::shared_ptr<ArchiveCursor> cursor(const LayerIndex& layer) {
    // By DiffId: the address of an index may be another's tomorrow.
    const auto found = std::ranges::find(cursors_, layer.diff_id, &Kept::layer);
    if (found != cursors_.end()) {
      std::rotate(cursors_.begin(), found, found + 1);
      return cursors_.front().cursor;
    }
    if (cursors_.size() == cursors_kept) cursors_.pop_back();
    cursors_.insert(cursors_.begin(), Kept{layer.diff_id, cache_.cursor(layer)});
    return cursors_.front().cursor;
  }

 private:
  struct Kept {
    DiffId layer;
    std::shared_ptr<ArchiveCursor> cursor;
  };

  LayerCache& cache_;
  std::vector<Kept> cursors_;  // last used first
};

std::unique_ptr<Source> open_host_file(const LayerIndex& layer, const Content& content) {
  const std::filesystem::path& path = layer.host_files.at(content.offset_bytes);
  const std::string subject = printable(path.string());
  std::shared_ptr<const RandomAccess> file = open_user_file(path);
  if (file == nullptr) throw Error(ErrorKind::conflict, subject + ": is gone since it was listed");
  if (file->size_bytes() != content.size_bytes) {
    throw Error(ErrorKind::conflict, subject + ": changed its size since it was listed");
  }
  return std::make_unique<SizedSource>(std::make_unique<RandomAccessSource>(std::move(file)),
                                       content.size_bytes, subject);
}

std::unique_ptr<Source> open_content(const Content& content, CursorPool& cursors) {
  if (content.origin == nullptr) return std::make_unique<StringSource>(std::string());
  const LayerIndex& layer = *content.origin;
  if (layer.origin == Origin::memory) {
    return std::make_unique<StringSource>(layer.texts.at(content.offset_bytes));
  }
  if (layer.origin == Origin::host_files) return open_host_file(layer, content);
  std::unique_ptr<Source> source = std::make_unique<FingerprintedSource>(
      std::make_unique<SpanSource>(cursors.cursor(layer), layer, content.offset_bytes,
                                   stored_bytes(content)),
      layer, content.fingerprint);
  if (content.sparse == nullptr) return source;
  return std::make_unique<SparseSource>(std::move(source), *content.sparse, content.size_bytes);
}

bool is_of_archive(const Content& content) {
  return content.origin != nullptr && content.origin->origin == Origin::archive;
}

bool is_same_place(const Content& left, const Content& right) {
  if (left.origin == nullptr || right.origin == nullptr) return false;
  if (left.offset_bytes != right.offset_bytes) return false;
  if (left.origin == right.origin) return true;
  return is_of_archive(left) && is_of_archive(right) &&
         left.origin->diff_id == right.origin->diff_id;
}

// Fingerprints are of stored bytes, and only archives have them.
bool has_plain_fingerprint(const Content& content) {
  return is_of_archive(content) && content.sparse == nullptr;
}

// Room for one piece, made once and when needed: most files are far smaller than what making it
// would cost.
class Piece {
 public:
  std::span<std::byte> fill(Source& source) {
    bytes_.resize(piece_bytes);
    return std::span(bytes_).first(read_fully(source, bytes_));
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

struct ContentReader::State {
  CursorPool cursors;
  CursorPool right_cursors;  // of the right-hand side of comparisons
  Piece piece;
  Piece right_piece;

  void copy(Source& source, Sink& sink) {
    while (true) {
      const std::span<std::byte> bytes = piece.fill(source);
      if (bytes.empty()) return;
      sink.write(bytes);
    }
  }

  bool same_bytes(Source& left, Source& right) {
    while (true) {
      const std::span<std::byte> left_bytes = piece.fill(left);
      const std::span<std::byte> right_bytes = right_piece.fill(right);
      if (left_bytes.size() != right_bytes.size()) return false;
      if (left_bytes.empty()) return true;
      if (std::memcmp(left_bytes.data(), right_bytes.data(), left_bytes.size()) != 0) return false;
    }
  }
};

ContentReader::ContentReader(LayerCache& cache)
    : state_(new State{CursorPool(cache), CursorPool(cache), {}, {}}) {}
ContentReader::~ContentReader() = default;

std::unique_ptr<Source> ContentReader::open(const Content& content) {
  return open_content(content, state_->cursors);
}

void ContentReader::copy(const Content& content, Sink& sink) {
  const std::unique_ptr<Source> source = open(content);
  state_->copy(*source, sink);
}

bool ContentReader::equal(const Content& left, const Content& right) {
  if (left.size_bytes != right.size_bytes) return false;
  if (left.size_bytes == 0 || is_same_place(left, right)) return true;
  if (has_plain_fingerprint(left) && has_plain_fingerprint(right) &&
      left.fingerprint != right.fingerprint) {
    return false;
  }
  const std::unique_ptr<Source> left_source = open_content(left, state_->cursors);
  const std::unique_ptr<Source> right_source = open_content(right, state_->right_cursors);
  return state_->same_bytes(*left_source, *right_source);
}

std::string ContentReader::text(const Content& content, std::uint64_t limit_bytes) {
  if (content.size_bytes > limit_bytes) {
    throw Error(ErrorKind::unsupported, "file of " + std::to_string(content.size_bytes) +
                                            " bytes: larger than the limit of " +
                                            std::to_string(limit_bytes));
  }
  StringSink sink;
  copy(content, sink);
  return sink.take();
}

void ContentReader::copy_header(const LayerIndex& layer, const LayerEntry& entry, Sink& sink) {
  SpanSource source(state_->cursors.cursor(layer), layer, entry.member_offset_bytes(),
                    entry.header_bytes());
  FingerprintHasher hasher;
  for (auto bytes = state_->piece.fill(source); !bytes.empty();
       bytes = state_->piece.fill(source)) {
    hasher.update(bytes);
    sink.write(bytes);
  }
  if (checksum_of(hasher.finish()) == entry.header_checksum()) return;
  throw changed_archive(layer, "header is not what it was when it was indexed");
}

void ContentReader::copy_span(const LayerIndex& layer, std::uint64_t offset_bytes,
                              std::uint64_t size_bytes, Sink& sink) {
  SpanSource source(state_->cursors.cursor(layer), layer, offset_bytes, size_bytes);
  state_->copy(source, sink);
}

}  // namespace imgops
