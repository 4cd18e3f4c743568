// An image archive in a file that blobs are written into at once, where they will lie: what an
// operation makes for an archive is not written twice, and needs no room beside it.
#pragma once

#include "libimgops/base/file.hpp"
#include "libimgops/store/blob_store.hpp"
#include "libimgops/transfer/archive_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <vector>

namespace imgops {

// Thread-safe until complete(). Of writers that are open at one moment the first writes into the
// archive, others into nameless files beside it. What was written can be read back at once.
class ArchiveFile final : public BlobStore {
 public:
  // `path` need not be there; its directory must. Throws Error(input_output).
  explicit ArchiveFile(std::filesystem::path path);

  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  // Must not outlive the archive.
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override;

  // Puts what the images lack behind what is there: the blobs written so far come first, in their
  // order, then all as write_image_archive() has it. `blobs` reads also what is in here. Once, when
  // no writer is open. A blob that no image needs does not stay: all is then written anew. Throws
  // what write_image_archive() throws, and Error(cancelled). Nothing has appeared yet.
  void complete(const BlobSource& blobs, std::span<const ExportedName> images,
                const std::stop_token& stop);
  // Syncs and names the file, in place of what has the name. After complete().
  void publish();

 private:
  class Writer;
  struct Place {
    std::uint64_t offset_bytes;
    std::uint64_t size_bytes;
  };

  std::filesystem::path path_;
  std::unique_ptr<NewFile> file_;
  mutable std::mutex mutex_;        // of what follows
  bool is_open_ = false;            // a writer writes into file_
  bool needs_anew_ = false;         // file_ holds what cannot stay
  std::map<Digest, Place> places_;  // in file_
  std::map<Digest, std::shared_ptr<const NewFile>> beside_;
};

}  // namespace imgops
