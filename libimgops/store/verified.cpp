#include "libimgops/store/verified.hpp"

#include "libimgops/base/error.hpp"

#include <utility>
#include <vector>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 256UL * 1024;

std::shared_ptr<const RandomAccess> require_size(std::shared_ptr<const RandomAccess> blob,
                                                 const Descriptor& expected,
                                                 const std::string& subject) {
  if (blob->size_bytes() == expected.size_bytes()) return blob;
  throw Error(reject(DiagnosticCode::size, "J04",
                     subject + ": blob " + expected.digest().to_string() + " has " +
                         std::to_string(blob->size_bytes()) + " bytes, its descriptor says " +
                         std::to_string(expected.size_bytes())));
}

}  // namespace

VerifiedSource::VerifiedSource(std::shared_ptr<const RandomAccess> blob, const Descriptor& expected,
                               std::string subject)
    : source_(require_size(std::move(blob), expected, subject), 0, expected.size_bytes()),
      hasher_(expected.digest().algorithm()),
      expected_(expected.digest()),
      subject_(std::move(subject)) {}

std::size_t VerifiedSource::read(std::span<std::byte> buffer) {
  if (ended_) return 0;
  const std::size_t count = source_.read(buffer);
  if (count > 0) {
    hasher_.update(buffer.first(count));
    return count;
  }
  // A file cut short after it was opened fails here too: the digest covers the size.
  if (hasher_.finish() != expected_) {
    throw Error(ErrorKind::corrupt,
                subject_ + ": blob " + expected_.to_string() + ": digest differs");
  }
  ended_ = true;
  return 0;
}

void verify(std::shared_ptr<const RandomAccess> blob, const Descriptor& expected,
            const std::string& subject, const std::stop_token& stop) {
  VerifiedSource source(std::move(blob), expected, subject);
  std::vector<std::byte> buffer(piece_bytes);
  while (source.read(buffer) > 0) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
  }
}

}  // namespace imgops
