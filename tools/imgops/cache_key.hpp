// The secret of this user that seals the files of layer caches (security T32).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace imgops::cli {

// 32 random bytes from `directory`/cache-key, mode 0600, made on first use. Nullopt when it can be
// neither read nor made, or is not this user's alone: then there is no cache on disk.
std::optional<std::string> read_cache_key(const std::filesystem::path& directory);

}  // namespace imgops::cli
