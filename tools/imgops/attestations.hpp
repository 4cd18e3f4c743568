// Signatures and attestations that speak about images which are no longer there: they are listed
// and never moved to the new digest. Source: command-line §6.
#pragma once

#include "libimgops/store/image_store.hpp"
#include "tools/imgops/context.hpp"

#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace imgops::cli {

// The digests of the manifests in the index `root` that `replacements` take the place of.
std::set<Digest> replaced_digests(const BlobSource& blobs, const Descriptor& root,
                                  std::span<const Replacement> replacements,
                                  std::string_view subject);
// `root` without the attestation manifests about `replaced` ones; those are added to `dropped`.
Descriptor without_attestations(BlobStore& blobs, const Descriptor& root,
                                const std::set<Digest>& replaced, std::vector<Descriptor>& dropped);
// One line each on stderr.
void tell_stale(Context& context, std::span<const Descriptor> dropped,
                std::span<const Descriptor> referrers);

}  // namespace imgops::cli
