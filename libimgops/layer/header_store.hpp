// Raw headers of the members without a body, one after the other, in memory or in a file of the
// cache.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/stream.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace imgops {

// What the headers of a layer are, kept in its sealed entries: size and SHA-256 of all of them.
struct HeaderSeal {
  std::uint64_t size_bytes = 0;
  std::array<std::byte, 32> digest{};
};

// Immutable, thread-safe.
class HeaderStore {
 public:
  explicit HeaderStore(std::string headers);
  // A file is hashed at the first use; one that is not what `seal` says counts as absent.
  HeaderStore(std::shared_ptr<const RandomAccess> file, const HeaderSeal& seal);

  // The `size_bytes` bytes at `slot`; nullopt when they are not there.
  std::optional<std::string> find(std::uint64_t slot, std::uint32_t size_bytes) const;

 private:
  bool is_sound() const;

  std::shared_ptr<const RandomAccess> bytes_;
  std::optional<HeaderSeal> seal_;
  mutable std::once_flag checked_;
  mutable bool sound_ = false;
};

}  // namespace imgops
