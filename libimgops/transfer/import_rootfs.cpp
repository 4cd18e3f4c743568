// The archive is read as a layer before anything is stored: that computes its DiffId and refuses
// what no runtime would unpack.
#include "libimgops/transfer/import_rootfs.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/transfer/spool.hpp"

#include <array>
#include <utility>

namespace imgops {
namespace {

// Digest and size of what was stored.
Descriptor store_layer(BlobStore& blobs, const std::shared_ptr<const RandomAccess>& bytes,
                       Packing packing, Workers& workers) {
  const auto writer = blobs.create();
  RandomAccessSource source(bytes);
  Compression compression = Compression::gzip;
  if (packing == Packing::gzip || packing == Packing::zstd) {
    if (packing == Packing::zstd) compression = Compression::zstd;
    copy(source, *writer);
  } else {
    const auto encoder = make_encoder(*writer, workers, EncoderOptions{compression, 0});
    copy(source, *encoder);
    encoder->finish();
  }
  const std::uint64_t size_bytes = writer->size_bytes();
  return {media_type_text({MediaFamily::oci, MediaKind::layer, compression}), writer->commit(),
          size_bytes};
}

}  // namespace

Image import_rootfs(BlobStore& blobs, const std::filesystem::path& file,
                    const ImportRootfsOptions& options, Workers& workers, Observer& observer) {
  const std::string name = file == "-" ? "-" : file.filename().string();
  return import_rootfs(blobs, open_input(file, options.spool_directory, observer), name, options,
                       workers, observer);
}

Image import_rootfs(BlobStore& blobs, std::shared_ptr<const RandomAccess> file,
                    std::string_view name, const ImportRootfsOptions& options, Workers& workers,
                    Observer& observer) {
  const Packing packing = detect_packing(*file);
  if (packing == Packing::other) {
    file = unpack(std::move(file), options.spool_directory, observer);
  }
  const auto index = read_archive(file, observer);
  for (Diagnostic diagnostic : index->diagnostics) {
    diagnostic.layer_index = 0;
    diagnostic.layer = index->diff_id.digest.to_string();
    observer.diagnose(diagnostic);
  }
  const ImageLayer layer{store_layer(blobs, file, packing, workers), index->diff_id};

  std::string message = options.message;
  if (message.empty()) message = "imgops import " + printable(name);
  const Platform platform = options.platform.os.empty() ? host_platform() : options.platform;
  Image image = append_layer(empty_image(platform, MediaFamily::oci), layer,
                             HistoryEntry::make(options.created, message, "", false));
  if (!options.created.empty()) image = with_created(image, options.created);
  store_image(blobs, image);
  return image;
}

}  // namespace imgops
