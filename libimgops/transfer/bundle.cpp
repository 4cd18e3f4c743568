//   "\x89imgops\n" | version u64 | packed size u64 | size u64 | index, packed | parts … | seal
//
// Numbers are little-endian, the index is JSON in a zstd frame, the seal the SHA-256 of everything
// before it. The seal and the parts are proven first: what is parsed after that is at least what
// somebody made. Nothing is believed for that, since anybody can seal a file.
#include "libimgops/transfer/bundle.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/reference_frame.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"
#include "libimgops/transfer/delta_plan.hpp"
#include "libimgops/transfer/delta_reader.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view magic("\x89imgops\n", 8);
constexpr std::uint64_t version = 1;
constexpr std::size_t head_bytes = 32;
constexpr std::size_t seal_bytes = 32;
constexpr std::uint64_t index_limit_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t most_packing = 10'000;
constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::corrupt, what);
}

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(number >> shift));
  }
  return bytes;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return number;
}

std::string read_span(const std::shared_ptr<const RandomAccess>& file, std::uint64_t offset,
                      std::uint64_t size) {
  const RandomAccessSlice slice(file, offset, size);
  return read_all(slice, size, "bundle");
}

// Hands each document on as it is complete.
class DocumentSink final : public Sink {
 public:
  DocumentSink(const std::vector<BundleDocument>& documents, MemoryBlobs& blobs)
      : documents_(documents), blobs_(blobs) {}
  void write(ByteView bytes) override {
    std::string_view rest = as_text(bytes);
    while (!rest.empty()) {
      const std::uint64_t wanted = documents_.at(next_).size_bytes - text_.size();
      const std::string_view taken = rest.substr(0, static_cast<std::size_t>(wanted));
      text_ += taken;
      rest.remove_prefix(taken.size());
      deliver_complete();
    }
  }
  // Documents without bytes are complete before anything is written.
  void deliver_complete() {
    while (next_ < documents_.size() && text_.size() == documents_[next_].size_bytes) {
      const Digest& expected = documents_[next_].digest;
      if (digest_of(as_bytes(text_), expected.algorithm()) != expected) {
        fail("document " + expected.to_string() + ": digest differs");
      }
      const auto writer = blobs_.create(expected.algorithm());
      writer->write(as_bytes(text_));
      writer->commit_as(expected);
      text_.clear();
      ++next_;
    }
  }

 private:
  const std::vector<BundleDocument>& documents_;
  MemoryBlobs& blobs_;
  std::size_t next_ = 0;
  std::string text_;
};

bool is_manifest(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == MediaKind::manifest;
}

}  // namespace

std::string encode_bundle_head(const BundleIndex& index) {
  const std::string text = print_bundle_index(index);
  if (text.size() > index_limit_bytes) {
    throw Error(ErrorKind::unsupported, "bundle: too many images for one");
  }
  const std::string packed = encode_referring(as_bytes(text), {});
  return std::string(magic) + little_endian(version) + little_endian(packed.size()) +
         little_endian(text.size()) + packed;
}

Bundle Bundle::open(std::shared_ptr<const RandomAccess> file, const std::stop_token& stop) {
  Bundle bundle;
  bundle.file_ = std::move(file);
  bundle.read_head();
  bundle.prove(stop);
  bundle.read_documents(stop);
  bundle.check_images();
  bundle.check_deltas();
  return bundle;
}

void Bundle::read_head() {
  const std::uint64_t all = file_->size_bytes();
  const std::string head = read_span(file_, 0, head_bytes);
  if (!head.starts_with(magic)) {
    throw Error(ErrorKind::unsupported, "is no bundle");
  }
  if (head.size() < head_bytes || all < head_bytes + seal_bytes) fail("is cut short");
  if (number_at(head, 8) != version) {
    throw Error(ErrorKind::unsupported, "is a bundle of version " +
                                            std::to_string(number_at(head, 8)) + ", not " +
                                            std::to_string(version));
  }
  const std::uint64_t packed_bytes = number_at(head, 16);
  const std::uint64_t index_bytes = number_at(head, 24);
  if (packed_bytes > all - head_bytes - seal_bytes) fail("is cut short");
  if (index_bytes > index_limit_bytes || index_bytes / most_packing > packed_bytes) {
    fail("the size of its index is wrong");
  }
  std::string text(index_bytes, '\0');
  decode_referring(as_bytes(read_span(file_, head_bytes, packed_bytes)), {},
                   std::as_writable_bytes(std::span(text)));
  index_ = parse_bundle_index(text);
  for (const BundleBlob& blob : index_.blobs) {
    blob_numbers_.emplace(blob.digest, blob_numbers_.size());
  }
  for (std::size_t number = 0; number < index_.prerequisites.size(); ++number) {
    prerequisite_numbers_.emplace(index_.prerequisites[number].blob.digest(), number);
  }
  parts_offset_ = head_bytes + packed_bytes;
  std::uint64_t offset = parts_offset_;
  for (const BundlePart& part : index_.parts) {
    part_offsets_.push_back(offset);
    if (part.size_bytes > all - seal_bytes - offset) fail("is cut short");
    offset += part.size_bytes;
  }
  if (offset != all - seal_bytes) fail("has bytes that belong to no part");
}

void Bundle::prove(const std::stop_token& stop) const {
  DigestHasher seal;
  DigestHasher part_hasher;
  std::vector<std::byte> buffer(piece_bytes);
  const auto pass = [&](std::uint64_t offset, std::uint64_t size, bool is_part) {
    RandomAccessSource source(file_, offset, size);
    while (const std::size_t count = source.read(buffer)) {
      if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      seal.update(ByteView(buffer).first(count));
      if (is_part) part_hasher.update(ByteView(buffer).first(count));
    }
  };
  pass(0, parts_offset_, false);
  for (std::size_t number = 0; number < index_.parts.size(); ++number) {
    pass(part_offsets_[number], index_.parts[number].size_bytes, true);
    if (part_hasher.finish() != index_.parts[number].digest) {
      fail("part " + std::to_string(number + 1) + " was altered");
    }
  }
  const std::string expected = read_span(file_, file_->size_bytes() - seal_bytes, seal_bytes);
  const Digest found = seal.finish();
  if (as_text(found.value()) != expected) fail("was altered: its seal is of other bytes");
}

void Bundle::read_documents(const std::stop_token& stop) {
  std::uint64_t total = 0;
  for (const BundleDocument& document : index_.documents) total += document.size_bytes;
  DocumentSink sink(index_.documents, *documents_);
  sink.deliver_complete();
  apply_delta(*part_at(0), {}, total, sink, stop);
}

void Bundle::check_images() const {
  for (const BundleImage& image : index_.images) {
    with_context(image.name, [&] {
      for (const Descriptor& blob : blobs_of(image)) {
        const BundleBlob* const held = find_blob(blob.digest());
        const BundlePrerequisite* const required = find_prerequisite(blob.digest());
        const std::uint64_t size = held != nullptr       ? held->size_bytes
                                   : required != nullptr ? required->blob.size_bytes()
                                                         : UINT64_MAX;
        if (size == blob.size_bytes()) continue;
        throw Error(ErrorKind::corrupt, "blob " + blob.digest().to_string() +
                                            " is neither in it nor a prerequisite of that size");
      }
      load_platforms(*documents_, image.root, image.name);
    });
  }
}

void Bundle::check_deltas() const {
  for (const BundleBlob& blob : index_.blobs) {
    if (blob.form == BlobForm::whole) {
      if (part(blob)->size_bytes() == blob.size_bytes) continue;
      fail("blob " + blob.digest.to_string() + " has another size than its part");
    }
    // Spans are judged again when the sources are at hand; their sizes are not known here.
    const std::vector<std::uint64_t> unknown(blob.sources.size(), INT64_MAX);
    const bool is_archive = blob.form == BlobForm::archive_delta;
    read_plan(*part(blob), unknown, is_archive ? blob.archive_bytes : blob.size_bytes);
  }
}

const BundleBlob* Bundle::find_blob(const Digest& digest) const {
  const auto found = blob_numbers_.find(digest);
  return found == blob_numbers_.end() ? nullptr : &index_.blobs[found->second];
}

const BundlePrerequisite* Bundle::find_prerequisite(const Digest& digest) const {
  const auto found = prerequisite_numbers_.find(digest);
  return found == prerequisite_numbers_.end() ? nullptr : &index_.prerequisites[found->second];
}

std::shared_ptr<const RandomAccess> Bundle::part(const BundleBlob& blob) const {
  return part_at(static_cast<std::size_t>(&blob - index_.blobs.data()) + 1);
}

std::shared_ptr<const RandomAccess> Bundle::part_at(std::size_t number) const {
  return std::make_shared<RandomAccessSlice>(file_, part_offsets_[number],
                                             index_.parts[number].size_bytes);
}

std::vector<Descriptor> Bundle::blobs_of(const BundleImage& image) const {
  std::vector<Descriptor> blobs;
  std::set<Digest> seen;
  for (const ListedManifest& listed : list_manifests(*documents_, image.root, image.name)) {
    if (!is_manifest(listed.descriptor)) {
      if (documents_->find(listed.descriptor.digest()) == nullptr) {
        blobs.push_back(listed.descriptor);
      }
      continue;
    }
    const ManifestParts parts = read_manifest(*documents_, listed.descriptor, image.name);
    for (const Descriptor& layer : parts.layers) {
      const auto type = parse_media_type(layer.media_type());
      const bool is_foreign = type && type->foreign && find_blob(layer.digest()) == nullptr;
      if (is_foreign || documents_->find(layer.digest()) != nullptr) continue;
      if (seen.insert(layer.digest()).second) blobs.push_back(layer);
    }
  }
  return blobs;
}

std::vector<Descriptor> Bundle::documents_of(const BundleImage& image) const {
  std::vector<Descriptor> documents;
  for (const ListedManifest& listed : list_manifests(*documents_, image.root, image.name)) {
    if (is_manifest(listed.descriptor)) {
      const ManifestParts parts = read_manifest(*documents_, listed.descriptor, image.name);
      documents.push_back(parts.configuration);
      for (const Descriptor& layer : parts.layers) {
        if (documents_->find(layer.digest()) != nullptr) documents.push_back(layer);
      }
    }
    if (documents_->find(listed.descriptor.digest()) != nullptr) {
      documents.push_back(listed.descriptor);
    }
  }
  return documents;
}

}  // namespace imgops
