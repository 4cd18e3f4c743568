#include "libimgops/base/hasher.hpp"

#include "libimgops/base/error.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <xxhash.h>

#include <new>

namespace imgops {

struct DigestHasher::State {
  DigestAlgorithm algorithm;
  EVP_MD_CTX* context;
  ~State() { EVP_MD_CTX_free(context); }
  void start() const {
    const EVP_MD* method = algorithm == DigestAlgorithm::sha256 ? EVP_sha256() : EVP_sha512();
    if (EVP_DigestInit_ex(context, method, nullptr) != 1) {
      throw Error(ErrorKind::unsupported, "hashing is not available in this build of OpenSSL");
    }
  }
};

DigestHasher::DigestHasher(DigestAlgorithm algorithm)
    : state_(new State{algorithm, EVP_MD_CTX_new()}) {
  if (state_->context == nullptr) throw std::bad_alloc();
  state_->start();
}
DigestHasher::~DigestHasher() = default;
DigestHasher::DigestHasher(DigestHasher&&) noexcept = default;
DigestHasher& DigestHasher::operator=(DigestHasher&&) noexcept = default;

void DigestHasher::update(ByteView bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

Digest DigestHasher::finish() {
  std::array<std::byte, 64> value{};
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(value.data()), &size);
  state_->start();
  return {state_->algorithm, ByteView(value).first(size)};
}

Digest digest_of(ByteView bytes, DigestAlgorithm algorithm) {
  DigestHasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

std::array<std::byte, 32> authentication_code(ByteView key, ByteView message) {
  std::array<std::byte, 32> code{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(code.data()), &size);
  return code;
}

struct FingerprintHasher::State {
  XXH3_state_t* state;
  ~State() { XXH3_freeState(state); }
};

FingerprintHasher::FingerprintHasher() : state_(new State{XXH3_createState()}) {
  if (state_->state == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state_->state);
}
FingerprintHasher::~FingerprintHasher() = default;
FingerprintHasher::FingerprintHasher(FingerprintHasher&&) noexcept = default;
FingerprintHasher& FingerprintHasher::operator=(FingerprintHasher&&) noexcept = default;

namespace {

Fingerprint canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes{};
  XXH128_canonicalFromHash(&bytes, hash);
  Fingerprint result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = std::byte{bytes.digest[i]};
  return result;
}

}  // namespace

void FingerprintHasher::update(ByteView bytes) {
  XXH3_128bits_update(state_->state, bytes.data(), bytes.size());
}

Fingerprint FingerprintHasher::finish() {
  const Fingerprint result = canonical(XXH3_128bits_digest(state_->state));
  XXH3_128bits_reset(state_->state);
  return result;
}

std::uint64_t table_hash(std::string_view text, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

Fingerprint fingerprint_of(ByteView bytes) {
  return canonical(XXH3_128bits(bytes.data(), bytes.size()));
}

std::uint32_t checksum_of(const Fingerprint& fingerprint) noexcept {
  std::uint32_t checksum = 0;
  for (std::size_t byte = 0; byte < sizeof checksum; ++byte) {
    checksum = checksum << 8U | std::to_integer<std::uint32_t>(fingerprint[byte]);
  }
  return checksum;
}

}  // namespace imgops
