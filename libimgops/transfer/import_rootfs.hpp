// A root file system's tar becomes an image of one layer: docker import's job.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/store/blob_store.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace imgops {

struct ImportRootfsOptions {
  Platform platform;    // the host's when its os is empty
  std::string message;  // history text; empty: "imgops import NAME"
  std::string created;  // RFC 3339, may be empty
  std::filesystem::path spool_directory;
};

// `file` may be "-" and any compression libarchive reads (gzip, zstd, xz, bzip2 …). The archive is
// kept byte for byte as the layer, gzip-compressed unless it is gzip or zstd already; it is read as
// a layer first, so that what no runtime takes is refused here; warnings go to `observer`. The
// image is stored in `blobs`.
Image import_rootfs(BlobStore& blobs, const std::filesystem::path& file,
                    const ImportRootfsOptions& options, Workers& workers, Observer& observer);
// The same for bytes that open_input() (spool.hpp) opened; `name` is for the history.
Image import_rootfs(BlobStore& blobs, std::shared_ptr<const RandomAccess> file,
                    std::string_view name, const ImportRootfsOptions& options, Workers& workers,
                    Observer& observer);

}  // namespace imgops
