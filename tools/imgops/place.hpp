// Where images are: a layout or an archive, opened, with the cache of its layers.
#pragma once

#include "libimgops/base/workers.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/repository/repository.hpp"
#include "libimgops/repository/revision.hpp"
#include "libimgops/store/overlay_blobs.hpp"
#include "libimgops/transfer/archive_images.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace imgops::cli {

struct PlaceSettings {
  std::filesystem::path spool_directory;
  std::optional<std::string> cache_key;  // nullopt: caches stay in memory
  Workers* workers = nullptr;
  Observer* observer = nullptr;
  std::stop_token stop;
};

// The index is read once, so that one run sees one state. Address-stable.
class Place {
 public:
  static std::unique_ptr<Place> open_layout(const std::filesystem::path& path,
                                            const PlaceSettings& settings);
  static std::unique_ptr<Place> open_archive(const std::filesystem::path& file,
                                             const PlaceSettings& settings);

  const BlobSource& blobs() const;
  Repository* repository() noexcept { return repository_.get(); }  // null: an archive
  const Index& index() const noexcept { return index_; }
  const std::vector<NamedDescriptor>& names() const noexcept { return names_; }
  const std::string& text() const noexcept { return text_; }  // for messages
  Collection collection() const {
    return {blobs(), index_, text_, repository_.get(), cache_location(), memory_.get()};
  }

  // For questions: what an operation writes is forgotten.
  Operation operation();
  // For an operation that writes into `store`, which reads through to this place.
  std::optional<CacheLocation> cache_location() const;
  const PlaceSettings& settings() const noexcept { return settings_; }

 private:
  Place(PlaceSettings settings, std::string text);
  PlaceSettings settings_;
  std::string text_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<ArchiveImages> archive_;
  Index index_;
  std::vector<NamedDescriptor> names_;
  std::unique_ptr<CollectionMemory> memory_ = std::make_unique<CollectionMemory>();  // of index_
  std::unique_ptr<OverlayBlobs> scratch_;
  std::unique_ptr<LayerCache> layers_;
};

}  // namespace imgops::cli
