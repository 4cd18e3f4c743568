// Advisory locks between processes and threads.
#pragma once

#include "libimgops/base/file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace imgops {

enum class LockKind : std::uint8_t { shared, exclusive };

// Held until destroyed; the file stays. Locks of one process exclude each other too (flock).
class FileLock {
 public:
  // Waits up to `patience`, then throws Error(input_output) naming the file. Makes the file.
  FileLock(const std::filesystem::path& path, LockKind kind,
           std::chrono::milliseconds patience = std::chrono::minutes(1));

 private:
  FileDescriptor descriptor_;
};

}  // namespace imgops
