// Which stack of layers a manifest has and what it is about: what is known of documents by their
// digest alone, kept in the cache of a layout. Source: docs/repository.md; decision 0016.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/image/platform.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace imgops {

struct KnownManifest {
  bool is_image = true;         // false: an artifact
  std::optional<Digest> chain;  // chain_id() of all its layers; absent: it has none
  friend bool operator==(const KnownManifest&, const KnownManifest&) = default;
};

// A manifest below an index that may be an image.
struct KnownChild {
  Digest digest;
  std::optional<Platform> platform;  // as listed
  friend bool operator==(const KnownChild&, const KnownChild&) = default;
};

// Follows from the contents of the documents, so it is true in every layout and for ever.
struct StackTable {
  std::unordered_map<Digest, KnownManifest> manifests;
  std::unordered_map<Digest, std::vector<KnownChild>> indexes;  // in order, all levels
  // Of manifests and indexes the digest of their `subject`, or that they have none.
  std::unordered_map<Digest, std::optional<Digest>> subjects;
};

// The same table, the same bytes.
std::string encode_stacks(const StackTable& table);
// Throws Error(corrupt) for whatever is no table.
StackTable decode_stacks(std::string_view bytes);

// Empty when there is no file, or none that this user sealed (CacheFolder).
StackTable read_stacks(const CacheLocation& location);
// In place of what is there. What cannot be written is done without, silently.
void write_stacks(const CacheLocation& location, const StackTable& table);

}  // namespace imgops
