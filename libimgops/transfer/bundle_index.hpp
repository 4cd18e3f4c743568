// What a bundle says about itself: which names it brings, what a receiver must have, how each blob
// is made. docs/bundle.md describes the file.
#pragma once

#include "libimgops/base/compression.hpp"
#include "libimgops/image/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A name and what it shall point to.
struct BundleImage {
  std::string name;                // is_reference_name
  std::optional<Digest> old_root;  // what the receiver's name points to, when it has it
  std::vector<Digest> old_ids;     // configurations below that: what daemons call the image
  Descriptor root;                 // manifest or index
};

// A blob a receiver has, in whatever compression when it is known by its DiffId.
struct BundlePrerequisite {
  Descriptor blob;
  std::optional<DiffId> diff_id;  // of layers
};

struct BundleDocument {
  Digest digest;
  std::uint64_t size_bytes = 0;
};

enum class BlobForm : std::uint8_t {
  whole,          // the part is the blob
  archive_delta,  // of the archives of sources; the blob is its archive, encoded
  blob_delta      // of the stored bytes of sources
};
std::string_view name(BlobForm form) noexcept;

struct BundleBlob {
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::optional<DiffId> diff_id = {};  // of layers
  std::uint64_t archive_bytes = 0;     // with archive_delta
  BlobForm form = BlobForm::whole;
  Compression compression = Compression::none;  // with archive_delta: how the archive is encoded
  int level = 0;
  bool is_spliced = false;                // with gzip: by apply_spliced()
  std::string encoder = {};               // encoder_version() that made the blob again
  std::vector<std::size_t> sources = {};  // prerequisites by number, without repetition
};

// Bytes of the file, in the order of the index.
struct BundlePart {
  std::uint64_t size_bytes = 0;
  Digest digest;
};

struct BundleIndex {
  std::vector<BundleImage> images;
  std::vector<BundlePrerequisite> prerequisites;
  std::vector<BundleDocument> documents;
  std::vector<BundleBlob> blobs;
  std::vector<BundlePart> parts;  // the documents', then one a blob
};

std::string print_bundle_index(const BundleIndex& index);
// Throws Error(corrupt): bad JSON, names outside the grammar, a name or blob given twice, sources
// that are no prerequisites, parts that are too many or too few, documents beyond the limit.
BundleIndex parse_bundle_index(std::string_view text);

inline constexpr std::uint64_t bundle_documents_limit_bytes = std::uint64_t{256} << 20;

}  // namespace imgops
