// Leases: what writers at work rely on, told to collectors of garbage. A writer has a file in
// `.imgops/leases`, locked as long as it lives, and puts down each digest before it counts on the
// blob. Protocol and reasons: docs/decisions/0011-leases.md.
#pragma once

#include "libimgops/base/file.hpp"
#include "libimgops/store/blob_keeper.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <vector>

namespace imgops {

// Of one writer. The file is made by begin() or the first keep(), and removed with the lease. In a
// layout whose `.imgops` is another user's it does nothing: no name can be moved there.
class Lease final : public BlobKeeper {
 public:
  explicit Lease(std::filesystem::path state_directory);
  ~Lease() override;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  void begin() override;
  bool keep(const Digest& digest, const std::function<bool()>& is_there) override;

 private:
  void put_down(const Digest& digest);

  std::filesystem::path state_directory_;
  std::mutex mutex_;
  std::filesystem::path path_;  // empty before begin()
  FileDescriptor file_;
  std::uint64_t size_bytes_ = 0;  // of whole lines
};

// The leases there are.
struct Leases {
  std::set<Digest> digests;                      // of writers at work
  bool has_writers = false;                      // though they may have put down nothing yet
  std::vector<std::filesystem::path> abandoned;  // their writers were killed
};
// Needs the lock of sweeping_lock_path(), exclusive for the answer to stay true. Throws
// Error(input_output).
Leases read_leases(const std::filesystem::path& state_directory);

// Exclusive: nobody begins to rely on a blob that is there. Held for moments only.
inline std::filesystem::path sweeping_lock_path(const std::filesystem::path& state_directory) {
  return state_directory / "sweeping";
}

}  // namespace imgops
