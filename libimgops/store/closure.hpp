// Everything a descriptor leads to.
#pragma once

#include "libimgops/store/blob_store.hpp"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// `root` and all below it, children before parents, each digest once: layers, configuration,
// manifest, index. Foreign layers whose blob is absent are left out. Throws Error(not_found) for
// any other absent blob, Error(corrupt).
std::vector<Descriptor> closure(const BlobSource& blobs, const Descriptor& root,
                                std::string_view subject);

// One of several roots, and what it is called in messages.
struct Root {
  Descriptor descriptor;
  std::string subject;
};

// Throws as closure() would for one of the roots; what they share is looked at once.
void require_closures(const BlobSource& blobs, std::span<const Root> roots);

// Copies what `to` lacks, verifying digest and size of each blob while reading; returns bytes
// copied. Error(cancelled) leaves whole blobs only. Small blobs are written many at once; what
// several roots share is looked at once.
std::uint64_t copy_closure(const BlobSource& from, BlobStore& to, const Descriptor& root,
                           std::string_view subject, const std::stop_token& stop = {});
std::uint64_t copy_closures(const BlobSource& from, BlobStore& to, std::span<const Root> roots,
                            const std::stop_token& stop = {});

}  // namespace imgops
