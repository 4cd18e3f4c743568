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

// The first `most` of all users of `blobs` but `own`, and one more if there are more.
std::set<std::size_t> companions_of(std::size_t own, const std::vector<const Blob*>& blobs,
                                    std::size_t most) {
  std::set<std::size_t> companions;
  for (const Blob* const blob : blobs) {
    std::size_t taken = 0;
    for (const std::size_t user : blob->users) {
      if (user == own) continue;
      if (taken++ > most) break;
      companions.insert(user);
    }
  }
  return companions;
}

}  // namespace

DiskUse disk_use(std::span<const NamedImage> images, std::size_t most_companions) {
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
  std::vector<std::vector<const Blob*>> own(use.images.size());
  for (const auto& [digest, blob] : blobs) {
    use.stored_bytes += blob.size_bytes;
    for (const std::size_t user : blob.users) {
      ImageUse& image = use.images[user];
      image.total_bytes += blob.size_bytes;
      (blob.users.size() == 1 ? image.unique_bytes : image.shared_bytes) += blob.size_bytes;
      own[user].push_back(&blob);
    }
  }
  for (std::size_t at = 0; at < use.images.size(); ++at) {
    ImageUse& image = use.images[at];
    use.sum_bytes += image.total_bytes;
    for (const std::size_t other : companions_of(at, own[at], most_companions)) {
      image.has_more_companions = image.shared_with.size() == most_companions;
      if (image.has_more_companions) break;
      image.shared_with.push_back(use.images[other].name);
    }
  }
  return use;
}

}  // namespace imgops
