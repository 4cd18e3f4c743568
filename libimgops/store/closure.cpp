#include "libimgops/store/closure.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"
#include "libimgops/store/verified.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace imgops {
namespace {

bool is_manifest(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == MediaKind::manifest;
}

bool is_foreign(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == MediaKind::layer && type->foreign;
}

// What several roots lead to, each digest once.
class Gatherer {
 public:
  explicit Gatherer(const BlobSource& blobs) : blobs_(blobs) {}

  void add_all(const Descriptor& root, std::string_view subject) {
    for (const ListedManifest& listed : list_manifests(blobs_, root, subject)) {
      if (is_manifest(listed.descriptor)) {
        add_manifest(listed.descriptor, subject);
      } else {
        // An index, whose children came before it, or something we do not look into.
        add(listed.descriptor, subject);
      }
    }
  }
  // Since the last time.
  std::vector<Descriptor> take() { return std::exchange(found_, {}); }

 private:
  void add_manifest(const Descriptor& manifest, std::string_view subject) {
    if (seen_.contains(manifest.digest())) return;
    const ManifestParts parts = read_manifest(blobs_, manifest, subject);
    for (const Descriptor& layer : parts.layers) add(layer, subject);
    add(parts.configuration, subject);
    add(manifest, subject);
  }

  void add(const Descriptor& blob, std::string_view subject) {
    if (seen_.contains(blob.digest())) return;
    const auto found = blobs_.find(blob.digest());
    if (!found && is_foreign(blob)) return;
    const auto name = [&] { return std::string(subject) + ": blob " + blob.digest().to_string(); };
    if (!found) throw Error(ErrorKind::not_found, name() + " is missing");
    if (found->size_bytes() != blob.size_bytes()) {
      throw Error(reject(DiagnosticCode::size, "J04", name() + ": size differs"));
    }
    seen_.insert(blob.digest());
    found_.push_back(blob);
  }

  const BlobSource& blobs_;
  std::set<Digest> seen_;
  std::vector<Descriptor> found_;
};

// Ends between two pieces when it is asked to.
class StoppingSource final : public Source {
 public:
  StoppingSource(Source& source, const std::stop_token& stop) : source_(source), stop_(stop) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    return source_.read(buffer);
  }

 private:
  Source& source_;
  const std::stop_token& stop_;
};

// What is small is written together with others.
constexpr std::uint64_t small_bytes = 256 << 10;
constexpr std::size_t most_waiting = 256;
constexpr std::uint64_t most_waiting_bytes = 8 << 20;

class Copier {
 public:
  Copier(const BlobSource& from, BlobStore& to, const std::stop_token& stop)
      : from_(from), to_(to), stop_(stop) {}

  void copy(const Descriptor& blob, const std::string& subject) {
    if (to_.keep(blob)) {
      ++count_.present;
      return;
    }
    count_.bytes += blob.size_bytes();
    const std::shared_ptr<const RandomAccess> bytes = from_.open(blob.digest());
    const bool is_small = blob.size_bytes() <= small_bytes;
    const auto taken = is_small ? std::nullopt : to_.take(bytes, blob, subject, stop_);
    ++(taken == Taken::shared ? count_.shared : count_.written);
    if (taken) return;
    VerifiedSource verified(bytes, blob, subject);
    StoppingSource source(verified, stop_);
    if (is_small) {
      keep_waiting(blob.digest().algorithm(), read_all(source, blob.size_bytes(), subject));
      return;
    }
    const auto writer = to_.create(blob.digest().algorithm());
    imgops::copy(source, *writer);
    writer->commit_as(blob.digest());
  }

  CopyCount finish() {
    for (auto& [algorithm, texts] : waiting_) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      to_.write_documents(texts, algorithm);
      texts.clear();
    }
    waiting_count_ = 0;
    waiting_bytes_ = 0;
    return count_;
  }

 private:
  void keep_waiting(DigestAlgorithm algorithm, std::string text) {
    ++waiting_count_;
    waiting_bytes_ += text.size();
    waiting_[algorithm].push_back(std::move(text));
    if (waiting_count_ >= most_waiting || waiting_bytes_ >= most_waiting_bytes) finish();
  }

  const BlobSource& from_;
  BlobStore& to_;
  const std::stop_token& stop_;
  std::map<DigestAlgorithm, std::vector<std::string>> waiting_;
  std::size_t waiting_count_ = 0;
  std::uint64_t waiting_bytes_ = 0;
  CopyCount count_;
};

}  // namespace

std::vector<Descriptor> closure(const BlobSource& blobs, const Descriptor& root,
                                std::string_view subject) {
  Gatherer gatherer(blobs);
  gatherer.add_all(root, subject);
  return gatherer.take();
}

void require_closures(const BlobSource& blobs, std::span<const Root> roots) {
  Gatherer gatherer(blobs);
  for (const Root& root : roots) {
    gatherer.add_all(root.descriptor, root.subject);
    gatherer.take();
  }
}

CopyCount copy_closure(const BlobSource& from, BlobStore& to, const Descriptor& root,
                       std::string_view subject, const std::stop_token& stop) {
  const Root named{root, std::string(subject)};
  return copy_closures(from, to, {&named, 1}, stop);
}

CopyCount copy_closures(const BlobSource& from, BlobStore& to, std::span<const Root> roots,
                        const std::stop_token& stop) {
  Gatherer gatherer(from);
  Copier copier(from, to, stop);
  for (const Root& root : roots) {
    gatherer.add_all(root.descriptor, root.subject);
    for (const Descriptor& blob : gatherer.take()) copier.copy(blob, root.subject);
  }
  return copier.finish();
}

}  // namespace imgops
