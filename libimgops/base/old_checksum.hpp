// Checksums that formats of package managers ask for: they notice damage and prove nothing.
// Source: dpkg's md5sums, deb-control(5) "Conffiles"; apk-tools 2.
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace imgops {

enum class OldChecksum : std::uint8_t { md5, sha1 };

// A sink that keeps nothing but the checksum of what is written.
class OldChecksumSink final : public Sink {
 public:
  // Throws Error(unsupported) where OpenSSL has been told not to offer it.
  explicit OldChecksumSink(OldChecksum kind);
  ~OldChecksumSink() override;
  OldChecksumSink(const OldChecksumSink&) = delete;
  OldChecksumSink& operator=(const OldChecksumSink&) = delete;

  void write(ByteView bytes) override;
  // The raw bytes, 16 or 20; once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Raw bytes, of a text.
std::string old_checksum_of(OldChecksum kind, std::string_view text);

}  // namespace imgops
