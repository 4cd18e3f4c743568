// Thin archives: images for a receiver that has older ones, holding only blobs it lacks, each as a
// delta of what it has where that is smaller. The file is read here; bundle_writer.hpp makes it,
// bundle_receiver.hpp brings it to a receiver. Source: command-line §7.4; docs/bundle.md.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/transfer/bundle_index.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace imgops {

// What a whole file looks like around its parts: written by bundle_writer, read by Bundle.
std::string encode_bundle_head(const BundleIndex& index);

// A bundle that was proven to be whole. Immutable; thread-safe.
class Bundle {
 public:
  // Reads all of `file` once: its seal and its parts are what they say, every document has its
  // digest, every blob of every image is in it or a prerequisite, and every delta is one. Throws
  // Error(corrupt) otherwise, Error(unsupported) for what is no bundle or one of a later version,
  // Error(cancelled). Memory: the index and the documents.
  static Bundle open(std::shared_ptr<const RandomAccess> file, const std::stop_token& stop = {});

  const BundleIndex& index() const noexcept { return index_; }
  // Manifests, indexes and configurations of all images.
  const BlobSource& documents() const noexcept { return *documents_; }
  const BundleBlob* find_blob(const Digest& digest) const;
  const BundlePrerequisite* find_prerequisite(const Digest& digest) const;
  // The bytes of the part that stands for a blob of the index.
  std::shared_ptr<const RandomAccess> part(const BundleBlob& blob) const;
  std::uint64_t size_bytes() const { return file_->size_bytes(); }

  // Layers of `image`, each once, and whatever else its manifests name that is no document.
  std::vector<Descriptor> blobs_of(const BundleImage& image) const;
  // Its documents, children before parents.
  std::vector<Descriptor> documents_of(const BundleImage& image) const;

 private:
  Bundle() = default;
  void read_head();
  void prove(const std::stop_token& stop) const;
  void read_documents(const std::stop_token& stop);
  void check_images() const;
  void check_deltas() const;
  std::shared_ptr<const RandomAccess> part_at(std::size_t number) const;

  std::shared_ptr<const RandomAccess> file_;
  std::uint64_t parts_offset_ = 0;
  BundleIndex index_;
  std::vector<std::uint64_t> part_offsets_;
  std::map<Digest, std::size_t> blob_numbers_;
  std::map<Digest, std::size_t> prerequisite_numbers_;
  std::shared_ptr<MemoryBlobs> documents_ = std::make_shared<MemoryBlobs>();
};

}  // namespace imgops
