// Every layer read once: indexes by DiffId, and cursors that find bytes in archives without
// inflating what lies before them. On disk (docs/repository.md) or in memory only.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/store/blob_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct StoredArchive;  // segment_decoder.hpp

// Bytes of one uncompressed archive. Cheap forwards and near checkpoints. Not thread-safe; several
// cursors of one layer may be used at once.
class ArchiveCursor {
 public:
  virtual ~ArchiveCursor() = default;
  // Fills the front of `buffer` from `offset_bytes` on; fewer bytes only at the archive's end.
  virtual std::size_t read_at(std::uint64_t offset_bytes, std::span<std::byte> buffer) = 0;
  // From `offset_bytes` on, as many bytes as are at hand, none only at the archive's end; valid
  // until the next call.
  virtual ByteView view_at(std::uint64_t offset_bytes) = 0;
  // As Decoder::watch_blocks(), of what is decoded on the way, up to 256 KiB ahead of what was
  // read. False when the archive is not stored in such blocks.
  virtual bool watch_blocks(BlockWatcher* watcher) = 0;
  // As Decoder::window_bytes(), of the decoder in hand.
  virtual std::size_t window_bytes() const { return 0; }
};

// Of an archive that is `bytes`.
std::unique_ptr<ArchiveCursor> make_plain_cursor(std::shared_ptr<const RandomAccess> bytes);

// The files of the cache on disk believe only what this user wrote: each is sealed with `key`, and
// a file that is stale, cut, or sealed with another key counts as absent (semantics of the cache:
// docs/repository.md; security T32).
struct CacheLocation {
  std::filesystem::path directory;  // made when first needed
  std::string key;                  // 32 random bytes of this user
};

// Thread-safe. Indexes stay in memory as long as somebody holds them.
class LayerCache {
 public:
  // `location` absent: in memory only. What cannot be written to the cache (full or read-only disk)
  // is worked without, silently.
  LayerCache(const BlobSource& blobs, std::optional<CacheLocation> location);
  ~LayerCache();

  // The index of each layer, in their order; unknown ones are read in parallel, largest first, and
  // each distinct one once. A layer in another blob has an index of its own. Throws what read_layer
  // throws, for the lowest layer that fails, and Error(not_found) without the blob; which layer is
  // meant, counted from 1, is in the diagnostic or in front: "layer N (sha256:…): ". The first of
  // them has position `first_number` in its image, from 0.
  std::vector<std::shared_ptr<const LayerIndex>> open(std::span<const ImageLayer> layers,
                                                      Workers& workers, Observer& observer,
                                                      const std::stop_token& stop = {},
                                                      std::size_t first_number = 0);

  // A cursor over the archive of an index that open() returned. Throws Error(not_found) when the
  // blob is gone.
  std::unique_ptr<ArchiveCursor> cursor(const LayerIndex& layer);
  // What such a cursor reads; throws as cursor() does.
  StoredArchive archive(const LayerIndex& layer);

  // The raw header kept for `entry` (LayerEntry::header_slot); nullopt when it was not kept.
  std::optional<std::string> header(const LayerIndex& layer, const LayerEntry& entry);

  // What keep_note() kept about just these layers, in these blobs; nullopt when there is nothing
  // that this user sealed, or when one of the blobs is not here in its size. `kind` says what it is
  // and in which version, and is a name of a file.
  std::optional<std::string> find_note(std::span<const ImageLayer> layers,
                                       std::string_view kind) const;
  // Keeps what follows from the contents of `layers` alone, which open() has returned: one note of
  // a kind with each uppermost layer, the last. In memory only, or without a layer, it does
  // nothing.
  void keep_note(std::span<const ImageLayer> layers, std::string_view kind,
                 std::string_view bytes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Bodies in any order, cursors kept per layer; holes of sparse files filled. Not thread-safe.
class ContentReader {
 public:
  explicit ContentReader(LayerCache& cache);
  ~ContentReader();

  // Writes the whole file; checks its fingerprint and throws Error(corrupt) when it differs.
  void copy(const Content& content, Sink& sink);
  // Whether its archive was read before and begins again for it, perhaps at its front, because the
  // windows of all archives are too large to be kept. Whoever can read such contents later does so
  // by layer and offset.
  bool begins_again(const Content& content) const;
  // A stream of the same; at most one at a time per layer.
  std::unique_ptr<Source> open(const Content& content);
  // Byte by byte (C02). Different sizes or fingerprints of plain files decide without reading.
  bool equal(const Content& left, const Content& right);
  // The file as text. Throws Error(unsupported) when larger than `limit_bytes`.
  std::string text(const Content& content, std::uint64_t limit_bytes);
  // The raw header of a verbatim entry; throws Error(corrupt) when it is not what was indexed.
  void copy_header(const LayerIndex& layer, const LayerEntry& entry, Sink& sink);
  // [offset, offset + size) of the archive of `layer`, as stored; not checked.
  void copy_span(const LayerIndex& layer, std::uint64_t offset_bytes, std::uint64_t size_bytes,
                 Sink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imgops
