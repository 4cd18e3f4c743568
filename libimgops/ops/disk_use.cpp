// Blobs are counted by the names that use them: one user, and it is unique to that name.
#include "libimgops/ops/disk_use.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace imgops {
namespace {

struct Blob {
  std::uint64_t size_bytes = 0;
  std::set<std::size_t> users;  // positions in DiskUse::images
};

std::size_t position_of(DiskUse& use, std::map<std::string, std::size_t>& known,
                        const std::string& name) {
  const auto [entry, is_new] = known.emplace(name, use.images.size());
  if (is_new) {
    use.images.emplace_back();
    use.images.back().name = name;
  }
  return entry->second;
}

}  // namespace

DiskUse disk_use(std::span<const NamedImage> images, Companions wanted) {
  DiskUse use;
  std::map<std::string, std::size_t> known;
  std::map<Digest, Blob> blobs;
  for (const NamedImage& named : images) {
    const std::size_t position = position_of(use, known, named.name);
    use.images[position].layers += named.image.layers().size();
    for (const ImageLayer& layer : named.image.layers()) {
      Blob& blob = blobs[layer.descriptor.digest()];
      blob.size_bytes = layer.descriptor.size_bytes();
      blob.users.insert(position);
    }
  }
  std::vector<std::set<std::size_t>> companions(use.images.size());
  for (const auto& [digest, blob] : blobs) {
    use.stored_bytes += blob.size_bytes;
    for (const std::size_t user : blob.users) {
      ImageUse& image = use.images[user];
      image.total_bytes += blob.size_bytes;
      (blob.users.size() == 1 ? image.unique_bytes : image.shared_bytes) += blob.size_bytes;
      if (wanted == Companions::left_out) continue;
      companions[user].insert(blob.users.begin(), blob.users.end());
    }
  }
  for (std::size_t at = 0; at < use.images.size(); ++at) {
    use.sum_bytes += use.images[at].total_bytes;
    for (const std::size_t other : companions[at]) {
      if (other != at) use.images[at].shared_with.push_back(use.images[other].name);
    }
  }
  return use;
}

}  // namespace imgops
