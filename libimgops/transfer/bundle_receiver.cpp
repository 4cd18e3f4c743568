// Into a layout: prerequisites are read whole first, and only then the place is touched at all;
// then every new blob is written without a name, its digest compared, and only when all are right
// they are committed, documents last.
#include "libimgops/transfer/bundle_receiver.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/store/verified.hpp"
#include "libimgops/transfer/bundle_layers.hpp"
#include "libimgops/transfer/hashing_sinks.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace imgops {
namespace {

// More writers than that would use up descriptors; those before are committed then.
constexpr std::size_t most_held = 200;

class Unpacking {
 public:
  Unpacking(const Bundle& bundle, const BundleReceiving& receiving)
      : bundle_(bundle), receiving_(receiving) {}

  std::uint64_t run(std::span<const BundleImage> images) {
    for (const BundleImage& image : images) {
      for (const Descriptor& blob : bundle_.blobs_of(image)) add(blob);
    }
    if (!missing_.empty()) fail_missing();
    for (const BundlePrerequisite* const required : required_) prove(*required);
    for (const Descriptor& blob : present_) keep(blob);
    for (const BundleBlob* const blob : wanted_) write(*blob);
    commit();
    for (const BundleImage& image : images) {
      for (const Descriptor& document : bundle_.documents_of(image)) add_document(document);
    }
    return bytes_;
  }

 private:
  void add(const Descriptor& blob) {
    if (!seen_.insert(blob.digest()).second) return;
    const BundleBlob* const held = bundle_.find_blob(blob.digest());
    if (held == nullptr) {
      require(*bundle_.find_prerequisite(blob.digest()));
      return;
    }
    if (is_present(blob)) {
      present_.push_back(blob);
      return;
    }
    wanted_.push_back(held);
    for (const std::size_t source : held->sources) {
      require(bundle_.index().prerequisites[source]);
    }
  }

  void require(const BundlePrerequisite& prerequisite) {
    if (!asked_.insert(prerequisite.blob.digest()).second) return;
    if (receiving_.blobs.find(prerequisite.blob.digest()) == nullptr) {
      missing_.push_back(prerequisite.blob.digest());
    } else {
      present_.push_back(prerequisite.blob);
      required_.push_back(&prerequisite);
    }
  }

  bool is_present(const Descriptor& blob) const {
    const auto found = receiving_.blobs.find(blob.digest());
    return found != nullptr && found->size_bytes() == blob.size_bytes();
  }

  // A collector of garbage may have come in between.
  void keep(const Descriptor& blob) {
    if (receiving_.blobs.keep(blob)) return;
    missing_.push_back(blob.digest());
    fail_missing();
  }

  [[noreturn]] void fail_missing() const {
    const std::size_t others = missing_.size() - 1;
    const std::string more = others == 0 ? "" : " and " + std::to_string(others) + " more";
    throw Error(ErrorKind::not_found,
                "prerequisite " + missing_.front().to_string() + more + ": not here",
                "the bundle is for a receiver that has the old images");
  }

  void prove(const BundlePrerequisite& prerequisite) const {
    VerifiedSource source(receiving_.blobs.open(prerequisite.blob.digest()), prerequisite.blob,
                          "prerequisite");
    std::vector<std::byte> buffer(std::size_t{256} * 1024);
    while (source.read(buffer) != 0) {
      if (receiving_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    }
  }

  void write(const BundleBlob& blob) {
    if (held_.size() == most_held) commit();
    auto writer = receiving_.blobs.create(blob.digest.algorithm());
    write_blob(bundle_, blob, receiving_, *writer);
    bytes_ += writer->size_bytes();
    held_.emplace_back(blob.digest, std::move(writer));
  }

  void commit() {
    for (const auto& [digest, writer] : held_) writer->commit_as(digest);
    held_.clear();
  }

  void add_document(const Descriptor& document) {
    if (!seen_.insert(document.digest()).second || receiving_.blobs.keep(document)) return;
    const auto writer = receiving_.blobs.create(document.digest().algorithm());
    RandomAccessSource source(bundle_.documents().open(document.digest()));
    bytes_ += copy(source, *writer);
    writer->commit_as(document.digest());
  }

  const Bundle& bundle_;
  const BundleReceiving& receiving_;
  std::set<Digest> seen_;
  std::set<Digest> asked_;
  std::vector<Digest> missing_;
  std::vector<const BundlePrerequisite*> required_;
  std::vector<Descriptor> present_;
  std::vector<const BundleBlob*> wanted_;
  std::vector<std::pair<Digest, std::unique_ptr<BlobWriter>>> held_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::vector<BundleImage> choose_images(const Bundle& bundle, std::span<const std::string> names) {
  if (names.empty()) return bundle.index().images;
  for (const std::string& name : names) {
    const auto& images = bundle.index().images;
    if (std::ranges::find(images, name, &BundleImage::name) != images.end()) continue;
    throw Error(ErrorKind::not_found, "has no image called " + printable(name));
  }
  std::vector<BundleImage> chosen;
  for (const BundleImage& image : bundle.index().images) {
    if (std::ranges::find(names, image.name) != names.end()) chosen.push_back(image);
  }
  return chosen;
}

std::uint64_t unpack_bundle(const Bundle& bundle, std::span<const BundleImage> images,
                            const BundleReceiving& receiving) {
  return Unpacking(bundle, receiving).run(images);
}

}  // namespace imgops
