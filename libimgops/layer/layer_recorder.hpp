// What a pass over a layer leaves behind for later: headers, checkpoints and the index, written to
// the cache while the layer is read, or kept in memory as far as they are small.
#pragma once

#include "libimgops/base/compression.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/layer/cache_folder.hpp"
#include "libimgops/layer/checkpoint_table.hpp"
#include "libimgops/layer/header_store.hpp"
#include "libimgops/layer/layer_reader.hpp"

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

// A layer in one compressed form, and all that findings about it depend on. The media type matters
// by what it says about the compression (CODEC-TYPE).
struct LayerKey {
  DiffId diff_id;
  Digest blob;
  std::uint64_t blob_bytes = 0;
  Compression declared = Compression::none;
  friend auto operator<=>(const LayerKey&, const LayerKey&) = default;
};
// Nullopt when its media type is none of a layer (J02): then nothing is known about it, ever.
std::optional<LayerKey> key_of(const ImageLayer& layer);

// An index and what its slots and contents are read with.
struct LayerRecord {
  std::shared_ptr<const LayerIndex> index;
  std::shared_ptr<const HeaderStore> headers;
  std::shared_ptr<const CheckpointTable> checkpoints;
};

// Not thread-safe. What fails on disk is done without; nothing throws but memory.
class LayerRecorder final : public LayerPassSink {
 public:
  // `location` null: in memory only. It must outlive the recorder.
  LayerRecorder(const CacheLocation* location, LayerKey key);

  void checkpoint(const Checkpoint& checkpoint) override;
  std::uint32_t header(ByteView bytes) override;

  // After the pass; once. `index` is what it made.
  LayerRecord finish(std::shared_ptr<const LayerIndex> index);

 private:
  void flush_headers();
  void keep_without_disk();
  void publish(LayerRecord& record);

  LayerKey key_;
  std::optional<CacheFolder> folder_;  // absent: in memory
  std::unique_ptr<NewFile> states_;
  std::vector<CheckpointPlace> places_;
  std::unique_ptr<NewFile> header_file_;
  DigestHasher header_hasher_;
  std::string headers_;  // all of them, or those not yet in the file
  std::uint64_t header_bytes_ = 0;
  bool headers_lost_ = false;
};

// What the cache on disk has of the layer in this form; nothing when its blob was never proven to
// hold it.
std::optional<LayerRecord> find_stored_layer(const CacheLocation& location, const LayerKey& key);

}  // namespace imgops
