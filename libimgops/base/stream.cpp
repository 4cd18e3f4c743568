#include "libimgops/base/stream.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

std::size_t copy_from(std::string_view text, std::uint64_t offset, std::span<std::byte> buffer) {
  if (offset >= text.size()) return 0;
  const std::size_t count = std::min(buffer.size(), text.size() - static_cast<std::size_t>(offset));
  std::memcpy(buffer.data(), text.data() + offset, count);
  return count;
}

}  // namespace

RandomAccessSource::RandomAccessSource(std::shared_ptr<const RandomAccess> bytes,
                                       std::uint64_t offset, std::uint64_t size)
    : bytes_(std::move(bytes)), offset_(offset), left_(size) {}

std::size_t RandomAccessSource::read(std::span<std::byte> buffer) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
  if (wanted == 0) return 0;
  const std::size_t count = bytes_->read_at(offset_, buffer.first(wanted));
  offset_ += count;
  left_ -= count;
  return count;
}

RandomAccessSlice::RandomAccessSlice(std::shared_ptr<const RandomAccess> bytes,
                                     std::uint64_t offset, std::uint64_t size)
    : bytes_(std::move(bytes)), offset_(offset), size_(size) {}

std::size_t RandomAccessSlice::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  if (offset >= size_) return 0;
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - offset));
  return bytes_->read_at(offset_ + offset, buffer.first(count));
}

std::size_t StringAccess::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  return copy_from(text_, offset, buffer);
}

std::size_t StringSource::read(std::span<std::byte> buffer) {
  const std::size_t count = copy_from(text_, at_, buffer);
  at_ += count;
  return count;
}

std::uint64_t copy(Source& source, Sink& sink) {
  std::vector<std::byte> buffer(piece_bytes);
  std::uint64_t total = 0;
  while (const std::size_t count = source.read(buffer)) {
    sink.write(ByteView(buffer).first(count));
    total += count;
  }
  return total;
}

std::string read_all(Source& source, std::uint64_t limit_bytes, std::string_view subject) {
  std::string text;
  std::vector<std::byte> buffer(64 * 1024);
  while (const std::size_t count = source.read(buffer)) {
    if (text.size() + count > limit_bytes) {
      throw Error(ErrorKind::corrupt,
                  std::string(subject) + ": larger than " + std::to_string(limit_bytes) + " bytes");
    }
    text += as_text(ByteView(buffer).first(count));
  }
  return text;
}

std::string read_all(const RandomAccess& bytes, std::uint64_t limit_bytes,
                     std::string_view subject) {
  if (bytes.size_bytes() > limit_bytes) {
    throw Error(ErrorKind::corrupt,
                std::string(subject) + ": larger than " + std::to_string(limit_bytes) + " bytes");
  }
  std::string text(static_cast<std::size_t>(bytes.size_bytes()), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto rest = std::as_writable_bytes(std::span(text)).subspan(filled);
    const std::size_t count = bytes.read_at(filled, rest);
    if (count == 0) break;
    filled += count;
  }
  text.resize(filled);
  return text;
}

std::size_t read_fully(Source& source, std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t count = source.read(buffer.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

}  // namespace imgops
