// Directories that must be gone when the program ends, however it ends.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>

namespace imgops::cli {

// Thread-safe.
class Leftovers {
 public:
  void add(const std::filesystem::path& directory);
  void forget(const std::filesystem::path& directory);
  // Removes what is left, also against a thread that still writes into it. For the very end: what
  // cannot be removed stays.
  void remove_all();

 private:
  std::mutex mutex_;
  std::set<std::filesystem::path> directories_;
};

}  // namespace imgops::cli
