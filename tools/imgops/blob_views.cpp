#include "tools/imgops/blob_views.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"

#include <cstdlib>
#include <utility>

namespace imgops::cli {
namespace {
constexpr std::uint64_t held_bytes = 1 << 20;
}  // namespace

std::unique_ptr<RandomAccess> JoinedBlobs::find(const Digest& digest) const {
  for (const BlobSource* const source : sources_) {
    if (auto blob = source->find(digest)) return blob;
  }
  return nullptr;
}

// Gathers in memory; what grows too large for that moves to the store above and goes on there.
class LayeredBlobs::Writer final : public BlobWriter {
 public:
  Writer(MemoryBlobs& held, BlobStore& above, DigestAlgorithm algorithm)
      : above_(above), algorithm_(algorithm), writer_(held.create(algorithm)) {}

  void write(ByteView bytes) override {
    if (!is_above_ && size_bytes_ + bytes.size() > held_bytes) move_above();
    if (!is_above_) gathered_ += as_text(bytes);
    writer_->write(bytes);
    size_bytes_ += bytes.size();
  }
  Digest commit() override { return writer_->commit(); }
  void commit_as(const Digest& expected) override { writer_->commit_as(expected); }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }

 private:
  void move_above() {
    writer_ = above_.create(algorithm_);
    writer_->write(as_bytes(gathered_));
    gathered_.clear();
    is_above_ = true;
  }

  BlobStore& above_;
  DigestAlgorithm algorithm_;
  std::unique_ptr<BlobWriter> writer_;
  std::string gathered_;
  std::uint64_t size_bytes_ = 0;
  bool is_above_ = false;
};

std::unique_ptr<RandomAccess> LayeredBlobs::find(const Digest& digest) const {
  if (auto blob = held_.find(digest)) return blob;
  if (auto blob = above_.find(digest)) return blob;
  return below_.find(digest);
}

std::unique_ptr<BlobWriter> LayeredBlobs::create(DigestAlgorithm algorithm) {
  return std::make_unique<Writer>(held_, above_, algorithm);
}

Digest UserFiles::add(std::shared_ptr<const RandomAccess> file) {
  RandomAccessSource source(file);
  HashingSink hasher;
  copy(source, hasher);
  const Digest digest = hasher.finish();
  files_.emplace(digest, std::move(file));
  return digest;
}

std::unique_ptr<RandomAccess> UserFiles::find(const Digest& digest) const {
  const auto found = files_.find(digest);
  if (found == files_.end()) return nullptr;
  return std::make_unique<RandomAccessSlice>(found->second, 0, found->second->size_bytes());
}

std::size_t StoppingBytes::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
  return bytes_->read_at(offset, buffer);
}

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& parent, Leftovers& leftovers)
    : leftovers_(leftovers) {
  std::string pattern = (parent / "imgops-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw_system_error(parent.string());
  path_ = pattern;
  leftovers_.add(path_);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  leftovers_.forget(path_);
}

}  // namespace imgops::cli
