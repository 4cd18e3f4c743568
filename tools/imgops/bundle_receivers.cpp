#include "tools/imgops/bundle_receivers.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/repository/transaction.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/overlay_blobs.hpp"
#include "libimgops/transfer/archive_writer.hpp"
#include "libimgops/transfer/docker_daemon.hpp"
#include "libimgops/transfer/spool.hpp"
#include "tools/imgops/archive_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace imgops::cli {
namespace {

[[noreturn]] void fail_moved(const std::string& name, const std::string& now) {
  throw Error(ErrorKind::conflict,
              fmt::format("{}: is not at the old image, but at {}", printable(name), now),
              "--force moves it anyway");
}

// The id of the image that a bundle brings, where manifests do not count.
std::string id_of(const Context& context, const Bundle& bundle, const BundleImage& image) {
  return load_platform(bundle.documents(), image.root, context.globals().platform, image.name)
      .image.configuration_descriptor()
      .digest()
      .to_string();
}

// What the name points to now must be the old image, or already the new one.
void check_id(const BundleApplication& application, const BundleImage& image,
              const std::string& now, const std::string& wanted) {
  if (application.is_forced || now == wanted) return;
  const bool is_old =
      std::ranges::any_of(image.old_ids, [&](const Digest& id) { return id.to_string() == now; });
  // A daemon that keeps blobs calls an image by its manifest.
  const bool is_old_root = image.old_root && image.old_root->to_string() == now;
  if (!is_old && !is_old_root && now != image.root.digest().to_string()) {
    fail_moved(image.name, now);
  }
}

// ---- layouts -----------------------------------------------------------------------------------

// A layout that is not there is made for a bundle that needs nothing of it.
Place& open_or_make_layout(Context& context, const BundleApplication& application) {
  const std::filesystem::path path = context.selected_path();
  const bool may_make = !application.is_dry_run && application.bundle.index().prerequisites.empty();
  if (may_make && !path.empty() && !std::filesystem::exists(path)) Repository::initialise(path);
  return context.selected_layout();
}

std::optional<Digest> digest_now(const Place& place, const BundleApplication& application,
                                 const BundleImage& image) {
  const NamedDescriptor* const present = find_name(place.names(), image.name);
  if (present == nullptr) return std::nullopt;
  const Digest now = present->descriptor.digest();
  if (!application.is_forced && now != image.old_root && now != image.root.digest()) {
    fail_moved(image.name, now.to_string());
  }
  return now;
}

// Where blobs of a layout go: into it; aside first under --strict, where a late warning must leave
// nothing behind; nowhere in a dry run.
class LayoutStores {
 public:
  LayoutStores(Context& context, Place& place, bool is_dry_run)
      : target_(place.repository()->blobs()) {
    if (is_dry_run) {
      staged_ = std::make_unique<OverlayBlobs>(place.blobs());
    } else if (context.globals().is_strict) {
      directory_ = context.make_temporary_directory();
      aside_ = std::make_unique<LayoutBlobs>(directory_->path());
      staged_ = std::make_unique<LayeredBlobs>(*aside_, place.blobs());
    }
  }
  BlobStore& get() const { return staged_ == nullptr ? target_ : *staged_; }
  // What `root` needs is in the layout then.
  void keep(const Descriptor& root, const std::string& name, const std::stop_token& stop) const {
    if (staged_ != nullptr) copy_closure(*staged_, target_, root, printable(name), stop);
  }

 private:
  BlobStore& target_;
  std::unique_ptr<TemporaryDirectory> directory_;
  std::unique_ptr<BlobStore> aside_;
  std::unique_ptr<BlobStore> staged_;
};

// ---- archives ----------------------------------------------------------------------------------

struct Rebuilt {
  std::vector<ExportedName> names;
  std::uint64_t bytes = 0;  // of the archive
};

// Writes the archive of the new images, whose layers come out of `old_images` or the bundle.
Rebuilt rebuild(Context& context, const BundleApplication& application,
                const BlobSource& old_images, const Index& index,
                const std::function<void(const std::function<void(Sink&)>&)>& with_sink) {
  const auto directory = context.make_temporary_directory();
  LayoutBlobs aside(directory->path());
  LayeredBlobs store(aside, old_images);
  LayerCache layers(store, std::nullopt);
  const KnownLayers known = known_layers(old_images, index.manifests(), "old images");
  Rebuilt result;
  result.names =
      rebuild_images(application.bundle, application.images, known, context.globals().platform,
                     {store, layers, context.workers(), context.observer(), context.stop()});
  context.check_strict();
  if (application.is_dry_run) return result;
  with_sink([&](Sink& sink) { result.bytes = write_image_archive(store, result.names, sink); });
  return result;
}

Applied applied_ids(const Context& context, const BundleApplication& application,
                    const std::vector<std::optional<std::string>>& before, std::uint64_t bytes) {
  Applied applied;
  applied.bytes = bytes;
  for (std::size_t number = 0; number < application.images.size(); ++number) {
    const BundleImage& image = application.images[number];
    applied.images.push_back(
        {image.name, before[number], id_of(context, application.bundle, image)});
  }
  return applied;
}

// ---- daemons -----------------------------------------------------------------------------------

// Few images of the daemon that have all layers wanted, the old ones first.
std::vector<std::string> images_to_save(const DockerDaemon& daemon,
                                        const BundleApplication& application,
                                        const std::vector<DiffId>& wanted) {
  std::set<DiffId> missing(wanted.begin(), wanted.end());
  std::vector<std::string> chosen;
  const auto consider = [&](const std::string& id) {
    if (missing.empty()) return;
    const auto image = daemon.find_image(id);
    if (!image) return;
    const std::size_t before = missing.size();
    for (const DiffId& layer : image->diff_ids) missing.erase(layer);
    if (missing.size() < before) chosen.push_back(image->id);
  };
  for (const BundleImage& image : application.images) {
    for (const Digest& id : image.old_ids) consider(id.to_string());
  }
  if (!missing.empty()) std::ranges::for_each(daemon.image_ids(), consider);
  if (missing.empty()) return chosen;
  throw Error(ErrorKind::not_found,
              fmt::format("{}: prerequisite {}: no image there has it", daemon.host(),
                          missing.begin()->digest.to_string()),
              "the bundle is for a receiver that has the old images");
}

}  // namespace

Applied apply_to_layout(Context& context, const BundleApplication& application) {
  Place& place = open_or_make_layout(context, application);
  std::vector<std::optional<Digest>> before;
  for (const BundleImage& image : application.images) {
    before.push_back(digest_now(place, application, image));
  }
  LayerCache layers(place.blobs(), place.cache_location());
  const LayoutStores stores(context, place, application.is_dry_run);
  BlobStore& store = stores.get();
  Applied applied;
  applied.bytes = with_context(printable(place.text()), [&] {
    return unpack_bundle(application.bundle, application.images,
                         {store, layers, context.workers(), context.observer(), context.stop()});
  });
  context.check_strict();
  Transaction transaction(*place.repository(), context.command_text(), context.now());
  for (std::size_t number = 0; number < application.images.size(); ++number) {
    const BundleImage& image = application.images[number];
    if (!application.is_dry_run) stores.keep(image.root, image.name, context.stop());
    transaction.move(image.name, before[number], image.root);
    AppliedImage row{image.name, std::nullopt, image.root.digest().to_string()};
    if (before[number]) row.old_digest = before[number]->to_string();
    applied.images.push_back(std::move(row));
  }
  if (!application.is_dry_run) transaction.commit();
  return applied;
}

Applied apply_to_archive(Context& context, const BundleApplication& application,
                         const std::string& from, const std::string& to) {
  const auto archive = Place::open_archive(from, context.place_settings());
  std::vector<std::optional<std::string>> before;
  for (const BundleImage& image : application.images) {
    const NamedDescriptor* const present = find_name(archive->names(), image.name);
    before.emplace_back();
    if (present == nullptr) continue;
    before.back() =
        load_platform(archive->blobs(), present->descriptor, context.globals().platform, image.name)
            .image.configuration_descriptor()
            .digest()
            .to_string();
    check_id(application, image, *before.back(), id_of(context, application.bundle, image));
  }
  const Rebuilt rebuilt = rebuild(context, application, archive->blobs(), archive->index(),
                                  [&](const auto& write) { write_stream(context, to, write); });
  return applied_ids(context, application, before, rebuilt.bytes);
}

Applied apply_to_daemon(Context& context, const BundleApplication& application,
                        const std::string& host) {
  const DockerDaemon daemon(host, context.stop());
  std::vector<std::optional<std::string>> before;
  for (const BundleImage& image : application.images) {
    if (!docker_reference(image.name)) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("{}: docker takes no such name", printable(image.name)));
    }
    before.emplace_back();
    const auto present = daemon.find_image(image.name);
    if (!present) continue;
    before.back() = present->id;
    check_id(application, image, present->id, id_of(context, application.bundle, image));
  }
  const std::vector<DiffId> wanted =
      required_layers(application.bundle, application.images, context.globals().platform);
  const std::vector<std::string> ids = images_to_save(daemon, application, wanted);
  const std::filesystem::path& directory = context.globals().spool_directory;
  const MemoryBlobs nothing;
  std::unique_ptr<ArchiveImages> saved;
  if (!ids.empty()) {
    const auto archive = std::make_shared<Spool>(directory);
    daemon.save(ids, *archive);
    saved = ArchiveImages::open(archive, directory, context.observer());
  }
  const Index index = saved == nullptr ? Index::empty() : saved->index();
  const BlobSource& old_images =
      saved == nullptr ? static_cast<const BlobSource&>(nothing) : *saved;
  Spool archive(directory);
  const Rebuilt rebuilt =
      rebuild(context, application, old_images, index, [&](const auto& write) { write(archive); });
  if (!application.is_dry_run) daemon.load(archive);
  return applied_ids(context, application, before, rebuilt.bytes);
}

}  // namespace imgops::cli
