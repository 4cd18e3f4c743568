// The header of a blob is written last, since it names the digest: room for it is left before the
// blob's bytes. All but those of blobs over 8 GiB fit into one block (W08); such an archive is
// written anew.
#include "libimgops/transfer/archive_file.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <string>
#include <utility>

namespace imgops {
namespace {

class StoppableSink final : public Sink {
 public:
  StoppableSink(Sink& sink, const std::stop_token& stop) : sink_(sink), stop_(stop) {}
  void write(ByteView bytes) override {
    if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    sink_.write(bytes);
  }

 private:
  Sink& sink_;
  const std::stop_token& stop_;
};

std::unique_ptr<RandomAccess> part_of(const NewFile& file, std::uint64_t offset_bytes,
                                      std::uint64_t size_bytes) {
  return std::make_unique<RandomAccessSlice>(std::shared_ptr<const RandomAccess>(file.bytes()),
                                             offset_bytes, size_bytes);
}

}  // namespace

class ArchiveFile::Writer final : public BlobWriter {
 public:
  Writer(ArchiveFile& archive, DigestAlgorithm algorithm) : archive_(archive), hasher_(algorithm) {
    const std::lock_guard lock(archive_.mutex_);
    is_inside_ = !archive_.is_open_;
    if (!is_inside_) {
      beside_ = std::make_shared<NewFile>(archive_.path_.parent_path());
      return;
    }
    archive_.is_open_ = true;
    if (file().size_bytes() == 0) file().write(as_bytes(blob_directories()));
    begin_bytes_ = file().size_bytes();
    file().write(as_bytes(std::string(tar_block_bytes, '\0')));
  }
  ~Writer() override {
    if (!is_inside_ || is_committed_) return;
    const std::lock_guard lock(archive_.mutex_);
    try {
      close(false);
    } catch (const Error&) {
      archive_.needs_anew_ = true;  // its bytes stay
    }
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(ByteView bytes) override {
    file().write(bytes);
    hasher_.update(bytes);
    size_bytes_ += bytes.size();
  }
  Digest commit() override {
    const Digest digest = hasher_.finish();
    keep_as(digest);
    return digest;
  }
  void commit_as(const Digest& expected) override {
    const Digest digest = hasher_.finish();
    if (digest != expected) {
      throw Error(ErrorKind::corrupt,
                  "blob " + expected.to_string() + ": digest differs: it is " + digest.to_string());
    }
    keep_as(digest);
  }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }

 private:
  NewFile& file() { return is_inside_ ? *archive_.file_ : *beside_; }

  void keep_as(const Digest& digest) {
    const std::lock_guard lock(archive_.mutex_);
    const bool is_known = archive_.places_.contains(digest) || archive_.beside_.contains(digest);
    if (!is_inside_) {
      if (!is_known) archive_.beside_.emplace(digest, beside_);
      return;
    }
    if (!is_known) {
      file().write(as_bytes(std::string(tar_padding_bytes(size_bytes_), '\0')));
      const std::string header = blob_header(digest, size_bytes_);
      if (header.size() == tar_block_bytes) {
        file().write_at(begin_bytes_, as_bytes(header));
      } else {
        archive_.needs_anew_ = true;
      }
      archive_.places_.emplace(digest, Place{begin_bytes_ + tar_block_bytes, size_bytes_});
    }
    close(!is_known);
  }
  void close(bool stays) {
    is_committed_ = true;
    archive_.is_open_ = false;
    if (!stays) file().cut(begin_bytes_);
  }

  ArchiveFile& archive_;
  DigestHasher hasher_;
  bool is_inside_ = false;
  bool is_committed_ = false;
  std::shared_ptr<NewFile> beside_;
  std::uint64_t begin_bytes_ = 0;
  std::uint64_t size_bytes_ = 0;
};

ArchiveFile::ArchiveFile(std::filesystem::path path)
    : path_(std::filesystem::absolute(path)),
      file_(std::make_unique<NewFile>(path_.parent_path())) {}

std::unique_ptr<RandomAccess> ArchiveFile::find(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  const auto inside = places_.find(digest);
  if (inside != places_.end()) {
    return part_of(*file_, inside->second.offset_bytes, inside->second.size_bytes);
  }
  const auto beside = beside_.find(digest);
  return beside == beside_.end() ? nullptr
                                 : part_of(*beside->second, 0, beside->second->size_bytes());
}

std::unique_ptr<BlobWriter> ArchiveFile::create(DigestAlgorithm algorithm) {
  return std::make_unique<Writer>(*this, algorithm);
}

void ArchiveFile::complete(const BlobSource& blobs, std::span<const ExportedName> images,
                           const std::stop_token& stop) {
  std::set<Digest> present;
  for (const auto& [digest, place] : places_) present.insert(digest);
  if (needs_anew_ || !are_all_needed(blobs, images, present)) {
    auto anew = std::make_unique<NewFile>(path_.parent_path());
    StoppableSink sink(*anew, stop);
    write_image_archive(blobs, images, sink);
    places_.clear();  // nothing is read from here any more
    file_ = std::move(anew);
    return;
  }
  if (present.empty()) file_->cut(0);
  StoppableSink sink(*file_, stop);
  write_image_archive(blobs, images, sink, present);
}

void ArchiveFile::publish() {
  file_->publish(path_, NewFile::Existing::replace);
}

}  // namespace imgops
