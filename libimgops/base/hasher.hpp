// Streaming hashes: digests that prove, fingerprints that only filter.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/digest.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace imgops {

// XXH3-128 of a body. Different fingerprints prove different contents; equal ones prove nothing,
// since they can be forged (semantics C02).
using Fingerprint = std::array<std::byte, 16>;

// Not thread-safe; one stream each. OpenSSL inside, so the processor's instructions are used.
class DigestHasher {
 public:
  explicit DigestHasher(DigestAlgorithm algorithm = DigestAlgorithm::sha256);
  ~DigestHasher();
  DigestHasher(DigestHasher&&) noexcept;
  DigestHasher& operator=(DigestHasher&&) noexcept;
  DigestHasher(const DigestHasher&) = delete;
  DigestHasher& operator=(const DigestHasher&) = delete;

  void update(ByteView bytes);
  // Of all bytes so far; afterwards the hasher starts anew.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest digest_of(ByteView bytes, DigestAlgorithm algorithm = DigestAlgorithm::sha256);

// HMAC-SHA-256, 32 bytes. Source: RFC 2104.
std::array<std::byte, 32> authentication_code(ByteView key, ByteView message);

class FingerprintHasher {
 public:
  FingerprintHasher();
  ~FingerprintHasher();
  FingerprintHasher(FingerprintHasher&&) noexcept;
  FingerprintHasher& operator=(FingerprintHasher&&) noexcept;
  FingerprintHasher(const FingerprintHasher&) = delete;
  FingerprintHasher& operator=(const FingerprintHasher&) = delete;

  void update(ByteView bytes);
  // Of all bytes so far; afterwards the hasher starts anew.
  Fingerprint finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Fingerprint fingerprint_of(ByteView bytes);
// Its first four bytes, for what is too small to carry more: notices damage, not forgery.
std::uint32_t checksum_of(const Fingerprint& fingerprint) noexcept;

// For hash tables over strangers' names: with a seed they cannot guess they cannot make them
// collide (security T27). Never part of a result.
std::uint64_t table_hash(std::string_view text, std::uint64_t seed) noexcept;

}  // namespace imgops
