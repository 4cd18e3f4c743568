// Image archives read in place: docker-archive (docker save, old and new) and oci-archive, seen as
// an index and blobs. Nothing is unpacked: contents are read from where they lie in the archive.
// Source: semantics A01–A15; OCI image-spec v1.1, image-layout.md.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/store/blob_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace imgops {

class ArchiveImages final : public BlobSource {
 public:
  // Opens `file`; a compressed archive (A09) or one that is not a file ("-" for standard input, a
  // pipe) is first spooled, decompressed, into `spool_directory`, nameless. Names inside are looked
  // up in the archive's index only, never on disk. For docker-archives without an OCI index,
  // manifests are made: Docker family, layers with the digest of their stored bytes and type by
  // their bytes, configuration byte for byte; each RepoTag becomes a name. An archive with both
  // (docker 25) must not contradict itself: DOC-AMBIGUOUS (A07). Throws Error(corrupt) with
  // OUTER-NAME, OUTER-DUPLICATE, DIFF-ID …, Error(unsupported) for v1-only archives and for tars
  // that are no image.
  static std::unique_ptr<ArchiveImages> open(const std::filesystem::path& file,
                                             const std::filesystem::path& spool_directory,
                                             Observer& observer);
  // The same for bytes that open_input() (spool.hpp) opened, so that archive_kind() can look first.
  static std::unique_ptr<ArchiveImages> open(std::shared_ptr<const RandomAccess> file,
                                             const std::filesystem::path& spool_directory,
                                             Observer& observer);
  ~ArchiveImages() override;
  using BlobSource::open;

  // Names, as ref.name, from the layout's index or from RepoTags; where the index has only a tag as
  // ref.name, from io.containerd.image.name, without "docker.io/library/". Images without a name
  // are listed unnamed.
  const Index& index() const noexcept;
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;

 private:
  struct State;
  explicit ArchiveImages(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What a file is, by the names in it, of which the first 200 000 count; packed files (A09) are
// unpacked as far as it takes. The usual directories of a root file system decide, then
// manifest.json, then index.json or oci-layout. Throws Error(corrupt) when it is no tar.
enum class ArchiveKind : std::uint8_t { docker_archive, oci_archive, root_file_system };
ArchiveKind archive_kind(const RandomAccess& file);

}  // namespace imgops
