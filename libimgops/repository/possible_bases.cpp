#include "libimgops/repository/possible_bases.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/name_past.hpp"
#include "libimgops/repository/stack_filter.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
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

// How many moves of a name are looked through for what it was.
constexpr std::uint64_t most_moves = 100;

// What an image states is not believed: that the name led to that digest, and that its layers are
// the image's, is.
std::optional<NamedImage> former_base(const Collection& collection, const Image& image,
                                      const std::string& name) {
  const auto stated = image.annotation(annotation_base_digest);
  if (collection.repository == nullptr || !stated) return std::nullopt;
  const Descriptor* const now = find_name(collection.index, name);
  NamePast past(*collection.repository, name,
                now == nullptr ? std::nullopt : std::optional(now->digest()));
  past.next();  // led to where it is now
  for (std::uint64_t moves_ago = 1; moves_ago <= most_moves; ++moves_ago) {
    const auto move = past.next();
    if (!move) break;
    if (!move->new_digest) continue;
    try {
      const Descriptor root = describe_root(collection.blobs, *move->new_digest, name);
      Image candidate =
          load_platform(collection.blobs, root, image.platform(), printable(name)).image;
      if (candidate.descriptor().digest().to_string() != *stated) continue;
      if (!is_proper_base(candidate, image)) break;
      return NamedImage{fmt::format("{}@{{{}}}", name, moves_ago), std::move(candidate)};
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::input_output) throw;
      continue;  // collected, or an artifact then
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<NamedImage> possible_bases(const Collection& collection, const Image& image) {
  std::vector<NamedImage> bases;
  if (image.layers().empty()) return bases;
  const DiffId lowest = image.layers().front().diff_id;
  const StackFilter filter(collection, image, StackFilter::Wanted::fewer_layers);
  std::set<std::string> names;
  for (const std::size_t position : filter.positions()) {
    const Descriptor& root = collection.index.manifests()[position];
    const std::string name = root.annotation(annotation_ref_name).value_or("");
    if (name.empty() || !names.insert(name).second) continue;  // the first of two counts
    try {
      if (!may_have_layer(collection, root, lowest)) continue;
      Image candidate =
          load_platform(collection.blobs, root, image.platform(), printable(name)).image;
      if (is_proper_base(candidate, image)) bases.push_back({name, std::move(candidate)});
    } catch (const Error& error) {
      // What cannot be read now may be the very base: leaving it out would change the result.
      if (error.kind() == ErrorKind::input_output) throw;
      continue;  // an artifact, another platform or a damaged image is no base of anything
    }
  }
  const auto stated = image.annotation(annotation_base_name);
  if (stated && std::ranges::find(bases, *stated, &NamedImage::name) == bases.end()) {
    auto former = former_base(collection, image, *stated);
    if (former) bases.push_back(std::move(*former));
  }
  return bases;
}

}  // namespace imgops
