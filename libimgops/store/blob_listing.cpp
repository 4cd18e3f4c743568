#include "libimgops/store/blob_listing.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/stat.h>

namespace imgops {
namespace {

void list_algorithm(const std::filesystem::path& directory, std::string_view algorithm,
                    BlobListing& listing) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(directory, error))) return;
  std::filesystem::directory_iterator files(directory, error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const auto& path = files->path();
    const auto digest = Digest::try_parse(std::string(algorithm) + ":" + path.filename().string());
    if (!digest) {
      listing.others.push_back(path);
      continue;
    }
    struct stat status {};
    const auto file = identify(path);
    if (!file || ::lstat(path.c_str(), &status) != 0) continue;
    listing.blobs.push_back({*digest, *file,
                             status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec,
                             S_ISREG(status.st_mode)});
  }
  if (error) {
    throw Error(ErrorKind::input_output, printable(directory.string()) + ": " + error.message());
  }
}

}  // namespace

BlobListing list_blobs(const std::filesystem::path& layout) {
  BlobListing listing;
  for (const std::string_view algorithm : {"sha256", "sha512"}) {
    list_algorithm(layout / "blobs" / algorithm, algorithm, listing);
  }
  std::ranges::sort(listing.blobs, {}, &StoredBlob::digest);
  std::ranges::sort(listing.others);
  return listing;
}

}  // namespace imgops
