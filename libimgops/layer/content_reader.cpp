// Bodies are read through cursors that are kept (cursor_pool.hpp), and checked on the way.
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/cursor_pool.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 128 * 1024;

std::uint64_t stored_bytes(const Content& content) {
  if (content.sparse == nullptr) return content.size_bytes;
  std::uint64_t total = 0;
  for (const SparseRun& run : *content.sparse) total += run.size_bytes;
  return total;
}

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

std::unique_ptr<Source> open_content(const Content& content, CursorPool& cursors,
                                     CursorPool::Side side = CursorPool::Side::left) {
  if (content.origin == nullptr) return std::make_unique<StringSource>(std::string());
  const LayerIndex& layer = *content.origin;
  if (layer.origin == Origin::memory) {
    return std::make_unique<StringSource>(layer.texts.at(content.offset_bytes));
  }
  if (layer.origin == Origin::host_files) return open_host_file(layer, content);
  std::unique_ptr<Source> source = std::make_unique<FingerprintedSource>(
      std::make_unique<SpanSource>(cursors.cursor(layer, side), layer, content.offset_bytes,
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

ContentReader::ContentReader(LayerCache& cache) : state_(new State{CursorPool(cache), {}, {}}) {}
ContentReader::~ContentReader() = default;

std::unique_ptr<Source> ContentReader::open(const Content& content) {
  return open_content(content, state_->cursors);
}

bool ContentReader::begins_again(const Content& content) const {
  return is_of_archive(content) && state_->cursors.is_dropped(*content.origin);
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
  const std::unique_ptr<Source> right_source =
      open_content(right, state_->cursors, CursorPool::Side::right);
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
