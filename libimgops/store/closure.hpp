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

// How many blobs a copy brought, and their bytes.
struct CopyCount {
  std::size_t written = 0;
  std::size_t shared = 0;   // without their bytes: Taken::shared
  std::size_t present = 0;  // not brought: they were there
  std::uint64_t bytes = 0;  // of what was written or shared
};

// Copies what `to` lacks, verifying digest and size of each blob while reading. Large blobs are
// shared or left to the kernel where `to` can (BlobStore::take), small ones written many at once.
// Error(cancelled) leaves whole blobs only. What several roots share is looked at once.
CopyCount copy_closure(const BlobSource& from, BlobStore& to, const Descriptor& root,
                       std::string_view subject, const std::stop_token& stop = {});
CopyCount copy_closures(const BlobSource& from, BlobStore& to, std::span<const Root> roots,
                        const std::stop_token& stop = {});

}  // namespace imgops
