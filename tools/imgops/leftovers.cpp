#include "tools/imgops/leftovers.hpp"

#include <system_error>

namespace imgops::cli {
namespace {
constexpr int most_attempts = 100;
}  // namespace

void Leftovers::add(const std::filesystem::path& directory) {
  const std::scoped_lock lock(mutex_);
  directories_.insert(directory);
}

void Leftovers::forget(const std::filesystem::path& directory) {
  const std::scoped_lock lock(mutex_);
  directories_.erase(directory);
}

void Leftovers::remove_all() {
  const std::scoped_lock lock(mutex_);
  for (const std::filesystem::path& directory : directories_) {
    std::error_code failure;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      std::filesystem::remove_all(directory, failure);
      if (!failure) break;
    }
  }
}

}  // namespace imgops::cli
