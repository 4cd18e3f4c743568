#include "tools/imgops/import_images.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/transfer/archive_images.hpp"
#include "libimgops/transfer/import_rootfs.hpp"
#include "libimgops/transfer/spool.hpp"
#include "libimgops/tree/union.hpp"

#include <fmt/format.h>

#include <set>

namespace imgops::cli {
namespace {

// The names an archive's images get here.
std::vector<NamedDescriptor> names_for(const ArchiveImages& archive, const std::string& file,
                                       const std::optional<std::string>& name) {
  if (!name) {
    auto names = names_of(archive.index());
    if (!names.empty()) return names;
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: no image in it has a name", printable(file)),
                "imgops import FILE REF gives one");
  }
  std::set<Digest> different;
  for (const Descriptor& listed : archive.index().manifests()) different.insert(listed.digest());
  if (different.size() != 1) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: holds {} images, one REF is not enough", printable(file),
                            different.size()),
                "imgops export docker-archive:FILE:NAME | imgops import - REF takes one of them");
  }
  return {{*name, archive.index().manifests().front()}};
}

Imported import_archive(Context& context, BlobStore& blobs, const std::string& file,
                        const std::shared_ptr<const RandomAccess>& bytes,
                        const std::optional<std::string>& name) {
  const auto archive =
      ArchiveImages::open(bytes, context.globals().spool_directory, context.observer());
  Imported result;
  result.names = names_for(*archive, file, name);
  std::vector<Root> roots;
  for (const NamedDescriptor& named : result.names) roots.push_back({named.descriptor, named.name});
  result.bytes = copy_closures(*archive, blobs, roots, context.stop()).bytes;
  const std::size_t unnamed = archive->index().manifests().size() - result.names.size();
  if (!name && unnamed > 0) {
    result.remarks.push_back(fmt::format("{} images without a name were left out", unnamed));
  }
  return result;
}

// What is odd or refused about it as the only layer of an image comes out when it is viewed.
void check_as_layer(Context& context, std::shared_ptr<const RandomAccess> bytes) {
  if (detect_packing(*bytes) == Packing::other) {
    bytes = unpack(bytes, context.globals().spool_directory, context.observer());
  }
  const auto layer = read_archive(bytes, context.observer());
  report_runtime_paths(apply_layers(Tree(), std::span(&layer, 1), 0, context.observer()),
                       context.observer());
}

Imported import_root(Context& context, BlobStore& blobs, const std::string& file,
                     const std::shared_ptr<const RandomAccess>& bytes,
                     const std::optional<std::string>& name) {
  if (!name) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: a root file system has no name", printable(file)),
                "imgops import FILE REF gives one");
  }
  ImportRootfsOptions options;
  if (context.globals().platform) options.platform = *context.globals().platform;
  options.spool_directory = context.globals().spool_directory;
  const auto epoch = context.environment().source_date_epoch;
  if (epoch) options.created = to_rfc3339({*epoch, 0});
  check_as_layer(context, bytes);
  const Image image =
      import_rootfs(blobs, bytes, file, options, context.workers(), context.observer());
  Imported result;
  result.names = {{*name, image.descriptor()}};
  result.bytes = image.layers().front().descriptor.size_bytes();
  result.remarks = {"a root file system tells no command, environment or user: the image has none"};
  return result;
}

}  // namespace

Imported import_images(Context& context, BlobStore& blobs, const std::string& file,
                       const std::optional<std::string>& name) {
  if (name) check_new_name(*name);
  const auto bytes = std::make_shared<StoppingBytes>(
      open_input(file, context.globals().spool_directory, context.observer(), context.stop()),
      context.stop());
  if (archive_kind(*bytes) == ArchiveKind::root_file_system) {
    return import_root(context, blobs, file, bytes, name);
  }
  return import_archive(context, blobs, file, bytes, name);
}

}  // namespace imgops::cli
