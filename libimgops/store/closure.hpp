// Everything a descriptor leads to.
#pragma once

#include "libimgops/store/blob_store.hpp"

#include <functional>
#include <stop_token>
#include <vector>

namespace imgops {

// `root` and all below it, children before parents, each digest once: layers, configuration,
// manifest, index. Foreign layers whose blob is absent are left out. Throws Error(not_found) for
// any other absent blob, Error(corrupt).
std::vector<Descriptor> closure(const BlobSource& blobs, const Descriptor& root,
                                std::string_view subject);

// Copies what `to` lacks, verifying digest and size of each blob while reading; returns bytes
// copied. Error(cancelled) leaves whole blobs only.
std::uint64_t copy_closure(const BlobSource& from, BlobStore& to, const Descriptor& root,
                           std::string_view subject, const std::stop_token& stop = {});

}  // namespace imgops
