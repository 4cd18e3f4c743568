#include "libimgops/store/blob_store.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"

#include <algorithm>

namespace imgops {

std::unique_ptr<RandomAccess> BlobSource::open(const Digest& digest) const {
  if (auto blob = find(digest)) return blob;
  throw Error(ErrorKind::not_found, "blob " + digest.to_string() + " is missing");
}

void BlobStore::write_documents(std::span<const std::string> texts, DigestAlgorithm algorithm) {
  for (const std::string& text : texts) {
    const auto writer = create(algorithm);
    writer->write(as_bytes(text));
    writer->commit();
  }
}

bool BlobStore::keep(const Descriptor& blob) {
  const auto found = find(blob.digest());
  return found && found->size_bytes() == blob.size_bytes();
}

std::optional<Taken> BlobStore::take(const std::shared_ptr<const RandomAccess>& /*bytes*/,
                                     const Descriptor& /*blob*/, const std::string& /*subject*/,
                                     const std::stop_token& /*stop*/) {
  return std::nullopt;
}

std::string read_document(const BlobSource& blobs, const Descriptor& descriptor,
                          std::uint64_t limit_bytes, std::string_view subject) {
  const std::string name(subject);
  const auto blob = with_context(name, [&] { return blobs.open(descriptor.digest()); });
  const std::uint64_t size_bytes = blob->size_bytes();
  if (size_bytes != descriptor.size_bytes()) {
    throw Error(reject(DiagnosticCode::size, "J04",
                       name + ": blob " + descriptor.digest().to_string() + " has " +
                           std::to_string(size_bytes) + " bytes, its descriptor says " +
                           std::to_string(descriptor.size_bytes())));
  }
  std::string text = read_all(*blob, limit_bytes, subject);
  if (digest_of(as_bytes(text), descriptor.digest().algorithm()) != descriptor.digest()) {
    throw Error(ErrorKind::corrupt,
                name + ": blob " + descriptor.digest().to_string() + ": digest differs");
  }
  return text;
}

Digest write_document(BlobStore& blobs, std::string_view text) {
  const auto writer = blobs.create();
  writer->write(as_bytes(text));
  return writer->commit();
}

}  // namespace imgops
