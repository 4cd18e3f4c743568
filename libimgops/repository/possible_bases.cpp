#include "libimgops/repository/possible_bases.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/stack_filter.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <utility>

namespace imgops {
namespace {

// A base has the lowest layer of the image, so its configuration holds that layer's DiffId.
bool may_have_layer(const Collection& collection, const Descriptor& root, const DiffId& lowest) {
  if (is_index(root)) return true;
  const ManifestParts parts = read_manifest(collection.blobs, root, collection.subject);
  return may_mention(read_document(collection.blobs, parts.configuration, configuration_limit_bytes,
                                   collection.subject),
                     lowest.digest.hexadecimal());
}

}  // namespace

std::vector<NamedImage> possible_bases(const Collection& collection, const Image& image) {
  std::vector<NamedImage> bases;
  if (image.layers().empty()) return bases;
  const DiffId lowest = image.layers().front().diff_id;
  const StackFilter filter(collection, image);
  for (const NamedDescriptor& named : names_of(collection.index)) {
    try {
      if (!filter.may_lead(named.descriptor)) continue;
      if (!may_have_layer(collection, named.descriptor, lowest)) continue;
      Image candidate =
          load_platform(collection.blobs, named.descriptor, image.platform(), printable(named.name))
              .image;
      if (is_proper_base(candidate, image)) bases.push_back({named.name, std::move(candidate)});
    } catch (const Error& error) {
      // What cannot be read now may be the very base: leaving it out would change the result.
      if (error.kind() == ErrorKind::input_output) throw;
      continue;  // an artifact, another platform or a damaged image is no base of anything
    }
  }
  return bases;
}

}  // namespace imgops
