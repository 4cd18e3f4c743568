// What is needed: all that roots lead to, and what refers to it. The mark of mark and sweep.
// Source: OCI image-spec v1.1, manifest.md "subject"; docs/repository.md.
#pragma once

#include "libimgops/store/blob_listing.hpp"
#include "libimgops/store/blob_store.hpp"

#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace imgops {

// A document that is there and cannot be read: what it leads to is unknown.
struct UnreadableDocument {
  Digest digest;
  std::string message;
};

// Grows from roots; what is absent leads nowhere and is no error, since sparse indexes and expired
// logs are ordinary. Follows every key `digest` with its `mediaType` in manifests and indexes,
// known to us or not, but for `subject`: to speak about an image keeps nothing of it.
class Reach {
 public:
  // `blobs` outlives it.
  explicit Reach(const BlobSource& blobs) : blobs_(blobs) {}

  void add(const Descriptor& root);
  // Of a root known by its digest alone, as in logs; it may be anything.
  void add(const Digest& root);
  // Adds those of `blobs` whose subject is needed, and what they need, and what refers to them.
  void add_referrers(std::span<const StoredBlob> blobs);

  bool contains(const Digest& digest) const { return digests_.contains(digest); }
  const std::unordered_set<Digest>& digests() const noexcept { return digests_; }
  const std::vector<UnreadableDocument>& unreadable() const noexcept { return unreadable_; }
  // The layers that image configurations among the digests name, for the cache.
  std::set<Digest> diff_ids() const;

 private:
  void visit(const Digest& digest, const std::string& media_type);
  void work();

  struct Waiting {
    Digest digest;
    std::string media_type;  // empty when nobody said
  };
  const BlobSource& blobs_;
  std::unordered_set<Digest> digests_;
  std::unordered_set<Digest> looked_into_;
  std::vector<Digest> configurations_;
  std::vector<UnreadableDocument> unreadable_;
  std::vector<Waiting> waiting_;
};

}  // namespace imgops
