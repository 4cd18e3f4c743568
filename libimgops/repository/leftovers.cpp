#include "libimgops/repository/leftovers.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>

namespace imgops {
namespace {

std::filesystem::path cache_of(const std::filesystem::path& layout) {
  return state_directory_of(layout) / "cache";
}

// A link is no directory of ours (T32).
bool is_real_directory(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(std::filesystem::symlink_status(path, error));
}

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  if (!is_real_directory(directory)) return paths;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    paths.push_back(entries->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorKind::input_output, printable(directory.string()) + ": " + error.message());
  }
  return paths;
}

bool is_half_written(const std::filesystem::path& path) {
  return path.filename().string().starts_with(".new-");
}

std::uint64_t size_of(const std::filesystem::path& path) {
  const auto file = identify(path);
  return file ? file->size_bytes : 0;
}

std::vector<std::filesystem::path> cache_folders(const std::filesystem::path& layout) {
  std::vector<std::filesystem::path> folders;
  if (!has_cache(layout)) return folders;
  for (const std::string_view algorithm : {"sha256", "sha512"}) {
    for (const auto& folder : entries_of(cache_of(layout) / algorithm)) {
      if (is_real_directory(folder)) folders.push_back(folder);
    }
  }
  return folders;
}

}  // namespace

std::vector<Leftover> find_leftovers(const std::filesystem::path& layout,
                                     const BlobListing& listing) {
  std::vector<Leftover> found;
  const auto state_directory = state_directory_of(layout);
  std::vector<std::filesystem::path> directories{layout};
  if (judge_sidecar(state_directory) == SidecarState::usable) {
    directories.insert(directories.end(), {state_directory, journal_directory(state_directory),
                                           log_directory(state_directory)});
    // A reader that is filling one does without it then: the cache is help, not duty.
    if (has_cache(layout)) directories.push_back(cache_of(layout));
    for (const auto& folder : cache_folders(layout)) directories.push_back(folder);
  }
  for (const auto& directory : directories) {
    for (const auto& path : entries_of(directory)) {
      if (is_half_written(path)) found.push_back({path, size_of(path), false});
    }
  }
  for (const auto& path : listing.others) {
    if (is_half_written(path)) found.push_back({path, size_of(path), true});
  }
  std::ranges::sort(found, {}, &Leftover::path);
  return found;
}

std::vector<Leftover> find_unneeded_caches(const std::filesystem::path& layout,
                                           const std::set<Digest>& diff_ids,
                                           std::int64_t cutoff_nanoseconds) {
  std::vector<Leftover> found;
  for (const auto& folder : cache_folders(layout)) {
    const auto diff_id = Digest::try_parse(folder.parent_path().filename().string() + ":" +
                                           folder.filename().string());
    const auto identity = identify(folder);
    if (!identity || identity->mtime_nanoseconds > cutoff_nanoseconds) continue;
    if (diff_id && diff_ids.contains(*diff_id)) continue;
    std::uint64_t bytes = 0;
    for (const auto& file : entries_of(folder)) bytes += size_of(file);
    found.push_back({folder, bytes, false});
  }
  std::ranges::sort(found, {}, &Leftover::path);
  return found;
}

bool has_cache(const std::filesystem::path& layout) {
  return judge_sidecar(state_directory_of(layout)) == SidecarState::usable &&
         is_real_directory(cache_of(layout));
}

}  // namespace imgops
