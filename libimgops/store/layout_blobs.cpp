// A blob is written into a nameless file of its algorithm's directory while it is hashed, and
// linked under its digest when complete. Only then is it known what it is called, so a blob that is
// already there costs its writing once more; it is kept unless its size shows that it cannot be
// that blob.
#include "libimgops/store/layout_blobs.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/store/verified.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>

namespace imgops {
namespace {

// Nameless files stay open until they are durable: a part of what the process may open.
std::size_t most_open_files() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return least_synced_together;
  return std::clamp<std::size_t>(limit.rlim_cur / 4, least_synced_together, 256);
}

std::string_view directory_name(DigestAlgorithm algorithm) noexcept {
  return algorithm == DigestAlgorithm::sha256 ? "sha256" : "sha512";
}

std::filesystem::path made(const std::filesystem::path& directory) {
  make_directories(directory);
  return directory;
}

// Whether a regular file of that size is there: it is taken for the blob. By its size alone: a
// reader verifies the rest.
bool is_file_of_size(const std::filesystem::path& path, std::uint64_t size_bytes) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size_bytes;
}

// As is_file_of_size(), and what is there stays.
bool keep_file(BlobKeeper* keeper, const Digest& digest, const std::filesystem::path& path,
               std::uint64_t size_bytes) {
  const auto is_there = [&] { return is_file_of_size(path, size_bytes); };
  return keeper == nullptr ? is_there() : keeper->keep(digest, is_there);
}

class Writer final : public BlobWriter {
 public:
  Writer(const std::filesystem::path& directory, DigestAlgorithm algorithm,
         std::shared_ptr<BlobKeeper> keeper)
      : directory_(directory), file_(directory), hasher_(algorithm), keeper_(std::move(keeper)) {}

  void write(ByteView bytes) override {
    hasher_.update(bytes);
    file_.write(bytes);
  }
  Digest commit() override {
    const Digest digest = hasher_.finish();
    publish(digest);
    return digest;
  }
  void commit_as(const Digest& expected) override {
    const Digest digest = hasher_.finish();
    if (digest != expected) {
      throw Error(ErrorKind::corrupt,
                  "blob " + expected.to_string() + ": digest differs: it is " + digest.to_string());
    }
    publish(digest);
  }
  std::uint64_t size_bytes() const noexcept override { return file_.size_bytes(); }

 private:
  void publish(const Digest& digest) {
    const auto path = directory_ / digest.hexadecimal();
    if (keep_file(keeper_.get(), digest, path, file_.size_bytes())) return;
    // What is there under that name is damaged or a link (J15): no reader would take it.
    file_.publish(path, NewFile::Existing::replace);
  }

  std::filesystem::path directory_;
  NewFile file_;
  DigestHasher hasher_;
  std::shared_ptr<BlobKeeper> keeper_;  // or null
};

}  // namespace

LayoutBlobs::LayoutBlobs(std::filesystem::path layout, std::shared_ptr<BlobKeeper> keeper)
    : layout_(std::move(layout)), keeper_(std::move(keeper)) {}

std::filesystem::path LayoutBlobs::path_of(const Digest& digest) const {
  return layout_ / "blobs" / directory_name(digest.algorithm()) / digest.hexadecimal();
}

std::unique_ptr<RandomAccess> LayoutBlobs::find(const Digest& digest) const {
  return open_regular_file(path_of(digest));
}

std::unique_ptr<BlobWriter> LayoutBlobs::create(DigestAlgorithm algorithm) {
  const auto directory = layout_ / "blobs" / directory_name(algorithm);
  if (keeper_ != nullptr) keeper_->begin();
  return std::make_unique<Writer>(made(directory), algorithm, keeper_);
}

void LayoutBlobs::write_documents(std::span<const std::string> texts, DigestAlgorithm algorithm) {
  const std::size_t most = most_open_files();
  while (!texts.empty()) {
    const std::size_t count = std::min(texts.size(), most);
    write_together(texts.first(count), algorithm);
    texts = texts.subspan(count);
  }
}

void LayoutBlobs::write_together(std::span<const std::string> texts, DigestAlgorithm algorithm) {
  if (keeper_ != nullptr) keeper_->begin();
  const auto directory = made(layout_ / "blobs" / directory_name(algorithm));
  std::vector<std::unique_ptr<NewFile>> files;
  std::vector<std::filesystem::path> paths;
  for (const std::string& text : texts) {
    const Digest digest = digest_of(as_bytes(text), algorithm);
    auto path = directory / digest.hexadecimal();
    if (keep_file(keeper_.get(), digest, path, text.size())) continue;
    files.push_back(std::make_unique<NewFile>(directory));
    files.back()->write(as_bytes(text));
    paths.push_back(std::move(path));
  }
  sync_together(files, directory.string());
  for (std::size_t number = 0; number < files.size(); ++number) {
    files[number]->publish_synced(paths[number], NewFile::Existing::replace);
  }
}

void LayoutBlobs::publish(NewFile& file, const Descriptor& blob) {
  const auto path = path_of(blob.digest());
  if (keep_file(keeper_.get(), blob.digest(), path, blob.size_bytes())) return;
  file.publish(path, NewFile::Existing::replace);
}

// What is cloned or copied is verified afterwards, for the old file may change meanwhile; what gets
// a second name, before: nobody but its owner can write to it.
std::optional<Taken> LayoutBlobs::take(const std::shared_ptr<const RandomAccess>& bytes,
                                       const Descriptor& blob, const std::string& subject,
                                       const std::stop_token& stop) {
  const int from = bytes->file_descriptor();
  if (from < 0 || bytes->size_bytes() != blob.size_bytes()) return std::nullopt;
  if (keeper_ != nullptr) keeper_->begin();
  const auto path = path_of(blob.digest());
  NewFile file(made(path.parent_path()));
  if (clone_file(from, file)) {
    verify(file.bytes(), blob, subject, stop);
    publish(file, blob);
    return Taken::shared;
  }
  if (may_link(from, file)) {
    verify(bytes, blob, subject, stop);
    if (keep_file(keeper_.get(), blob.digest(), path, blob.size_bytes())) return Taken::shared;
    if (link_file(from, path)) return Taken::shared;
  }
  if (!copy_file(from, blob.size_bytes(), file, stop)) return std::nullopt;
  verify(file.bytes(), blob, subject, stop);
  publish(file, blob);
  return Taken::copied;
}

bool LayoutBlobs::keep(const Descriptor& blob) {
  return keep_file(keeper_.get(), blob.digest(), path_of(blob.digest()), blob.size_bytes());
}

}  // namespace imgops
