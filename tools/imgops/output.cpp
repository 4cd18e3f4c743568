#include "tools/imgops/output.hpp"

#include "libimgops/base/file.hpp"

#include <cerrno>

#include <unistd.h>

namespace imgops::cli {
namespace {
constexpr std::size_t buffer_bytes = 64 << 10;
}  // namespace

void Output::write(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  if (text.size() >= buffer_bytes) {
    flush();
    write_through(text);
    return;
  }
  buffer_ += text;
  if (buffer_.size() >= buffer_bytes) flush();
}

void Output::flush() {
  const std::string pending = std::move(buffer_);
  buffer_.clear();
  write_through(pending);
}

void Output::redirect(int descriptor) {
  flush();
  descriptor_ = descriptor;
}

void Output::write_through(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) throw ClosedPipe{};
    if (written < 0) throw_system_error("standard output");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace imgops::cli
