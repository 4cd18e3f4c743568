#include "tools/imgops/copy_images.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/archive_output.hpp"
#include "tools/imgops/export_images.hpp"
#include "tools/imgops/write_result.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace imgops::cli {
namespace {

// All names of a place, each with all below it.
std::vector<ExportedName> all_of(Context& context, const std::string& word,
                                 std::vector<const BlobSource*>& sources) {
  const Revision revision = parse_image(context, word);
  const bool is_place = revision.name.empty() && revision.suffixes.empty() &&
                        revision.transport != Transport::selected_layout;
  if (!is_place) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: --all takes a layout or an archive", printable(word)),
                "oci:DIR, docker-archive:FILE or oci-archive:FILE");
  }
  Place& place = context.place(revision);
  sources.push_back(&place.blobs());
  std::vector<ExportedName> names;
  for (const NamedDescriptor& named : place.names()) {
    names.push_back({named.name, named.descriptor});
  }
  if (names.empty()) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: no image in it has a name", printable(word)));
  }
  return names;
}

void give_name(std::vector<ExportedName>& images, const Revision& target, const std::string& word) {
  if (!target.name.empty()) {
    if (images.size() != 1) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("{}: one name for {} images", printable(target.text), images.size()),
                  "without a name each keeps its own");
    }
    images.front().name = target.name;
  }
  for (const ExportedName& image : images) {
    if (image.name.empty()) {
      throw Error(ErrorKind::invalid_argument, fmt::format("{}: has no name", printable(word)),
                  "oci:DIR:REF gives one");
    }
    check_new_name(image.name);
  }
}

Revision parse_target(Context& context, const std::string& word) {
  Revision target = parse_revision(word, context.known_names());
  if (!target.suffixes.empty() || target.moves_ago || target.name.starts_with('@') ||
      is_scratch(target)) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("'{}' is no place to copy to", printable(word)),
                "NAME, oci:DIR[:REF], docker-archive:FILE[:NAME] or oci-archive:FILE[:NAME]");
  }
  return target;
}

std::filesystem::path layout_path(const Context& context, const Revision& target) {
  return target.transport == Transport::oci ? std::filesystem::path(target.place)
                                            : context.selected_path();
}

// What a copy would do, found without doing it.
CopyCount foresee(const BlobSource& from, const BlobSource* to, std::span<const Root> roots) {
  CopyCount count;
  std::set<Digest> seen;
  for (const Root& root : roots) {
    for (const Descriptor& blob : closure(from, root.descriptor, root.subject)) {
      if (!seen.insert(blob.digest()).second) continue;
      const auto present = to == nullptr ? nullptr : to->find(blob.digest());
      const bool is_there = present != nullptr && present->size_bytes() == blob.size_bytes();
      ++(is_there ? count.present : count.written);
      if (!is_there) count.bytes += blob.size_bytes();
    }
  }
  return count;
}

CopyCount copy_into_layout(Context& context, const std::filesystem::path& path,
                           const BlobSource& from, std::span<const Root> roots,
                           std::span<const NamedDescriptor> names, bool is_dry_run) {
  const bool is_new = !path.empty() && !std::filesystem::exists(path);
  if (is_dry_run) {
    return foresee(from, is_new ? nullptr : &context.layout(path).blobs(), roots);
  }
  // Nothing is made for an image that is not whole.
  require_closures(from, roots);
  context.check_strict();
  if (is_new) Repository::initialise(path);
  Place& place = context.layout(path);
  const CopyCount count = copy_closures(from, place.repository()->blobs(), roots, context.stop());
  move_names(context, place, names);
  return count;
}

CopyCount copy_into_archive(Context& context, const std::string& path, const BlobSource& from,
                            std::span<const ExportedName> images, std::span<const Root> roots,
                            bool is_dry_run) {
  const CopyCount count = foresee(from, nullptr, roots);
  if (!is_dry_run) {
    write_stream(context, path, [&](Sink& sink) { write_image_archive(from, images, sink); });
  }
  return count;
}

}  // namespace

CopyResult copy_images(Context& context, const std::string& word, const std::string& target_word,
                       bool all_names, bool is_dry_run) {
  const Revision target = parse_target(context, target_word);
  ExportList list(context);
  std::vector<const BlobSource*> sources;
  std::vector<ExportedName> images;
  if (all_names) {
    images = all_of(context, word, sources);
  } else {
    list.add(word);
    images = list.names();
  }
  give_name(images, target, word);
  const JoinedBlobs blobs = all_names ? JoinedBlobs(std::move(sources)) : list.blobs();
  CopyResult result;
  std::vector<Root> roots;
  for (const ExportedName& image : images) {
    result.names.push_back({image.name, image.root});
    roots.push_back({image.root, printable(image.name)});
  }
  const bool is_layout =
      target.transport == Transport::oci || target.transport == Transport::selected_layout;
  result.count = is_layout
                     ? copy_into_layout(context, layout_path(context, target), blobs, roots,
                                        result.names, is_dry_run)
                     : copy_into_archive(context, target.place, blobs, images, roots, is_dry_run);
  return result;
}

}  // namespace imgops::cli
