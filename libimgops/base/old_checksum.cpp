#include "libimgops/base/old_checksum.hpp"

#include "libimgops/base/error.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace imgops {

struct OldChecksumSink::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

OldChecksumSink::OldChecksumSink(OldChecksum kind) : state_(std::make_unique<State>()) {
  if (state_->context == nullptr) throw std::bad_alloc();
  const EVP_MD* const method = kind == OldChecksum::md5 ? EVP_md5() : EVP_sha1();
  if (EVP_DigestInit_ex(state_->context, method, nullptr) != 1) {
    throw Error(ErrorKind::unsupported,
                "this build of OpenSSL has not the checksums of package managers");
  }
}
OldChecksumSink::~OldChecksumSink() = default;

void OldChecksumSink::write(ByteView bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string OldChecksumSink::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, value.data(), &size);
  return {reinterpret_cast<const char*>(value.data()), size};
}

std::string old_checksum_of(OldChecksum kind, std::string_view text) {
  OldChecksumSink sink(kind);
  sink.write(as_bytes(text));
  return sink.finish();
}

}  // namespace imgops
