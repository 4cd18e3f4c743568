#include "tools/imgops/place.hpp"

#include "libimgops/transfer/spool.hpp"
#include "tools/imgops/blob_views.hpp"

#include <utility>

namespace imgops::cli {

Place::Place(PlaceSettings settings, std::string text)
    : settings_(std::move(settings)), text_(std::move(text)), index_(Index::empty()) {}

std::unique_ptr<Place> Place::open_layout(const std::filesystem::path& path,
                                          const PlaceSettings& settings) {
  auto place = std::unique_ptr<Place>(new Place(settings, path.string()));  // NOLINT: private
  place->repository_ = std::make_unique<Repository>(path);
  place->index_ = place->repository_->index();
  place->names_ = names_of(place->index_);
  return place;
}

std::unique_ptr<Place> Place::open_archive(const std::filesystem::path& file,
                                           const PlaceSettings& settings) {
  auto place = std::unique_ptr<Place>(new Place(settings, file.string()));  // NOLINT: private
  auto bytes = open_input(file, settings.spool_directory, *settings.observer, settings.stop);
  place->archive_ =
      ArchiveImages::open(std::make_shared<StoppingBytes>(std::move(bytes), settings.stop),
                          settings.spool_directory, *settings.observer);
  place->index_ = place->archive_->index();
  place->names_ = names_of(place->index_);
  return place;
}

const BlobSource& Place::blobs() const {
  if (repository_ != nullptr) return std::as_const(*repository_).blobs();
  return *archive_;
}

std::optional<CacheLocation> Place::cache_location() const {
  if (repository_ == nullptr || !settings_.cache_key || !repository_->is_writable()) {
    return std::nullopt;
  }
  return CacheLocation{repository_->state_directory() / "cache", *settings_.cache_key};
}

Operation Place::operation() {
  if (scratch_ == nullptr) {
    scratch_ = std::make_unique<OverlayBlobs>(blobs());
    layers_ = std::make_unique<LayerCache>(blobs(), cache_location());
  }
  return {*scratch_, *layers_, *settings_.workers, *settings_.observer, {}, settings_.stop};
}

}  // namespace imgops::cli
