// Bytes that prove themselves while being read.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/image/descriptor.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace imgops {

// Passes `blob` on; at its end throws Error(corrupt) unless size and digest are the descriptor's.
class VerifiedSource final : public Source {
 public:
  // A wrong size is known, and thrown (SIZE, J04), at once.
  VerifiedSource(std::shared_ptr<const RandomAccess> blob, const Descriptor& expected,
                 std::string subject);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  RandomAccessSource source_;
  DigestHasher hasher_;
  Digest expected_;
  std::string subject_;
  bool ended_ = false;
};

// Reads all of `blob` for its proof alone. Throws as VerifiedSource does, and Error(cancelled).
void verify(std::shared_ptr<const RandomAccess> blob, const Descriptor& expected,
            const std::string& subject, const std::stop_token& stop = {});

}  // namespace imgops
