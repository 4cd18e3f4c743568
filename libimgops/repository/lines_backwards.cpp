// Blocks are read from the end and put in front of what is left, each twice the one before, so that
// a short answer reads one and a whole log is read in few.
#include "libimgops/repository/lines_backwards.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t first_block_bytes = 4096;
constexpr std::size_t largest_block_bytes = 1U << 20;
constexpr std::size_t longest_line_bytes = 64U << 20;

}  // namespace

LinesBackwards::LinesBackwards(std::shared_ptr<const RandomAccess> file, std::string subject)
    : file_(std::move(file)),
      subject_(std::move(subject)),
      begin_(file_->size_bytes()),
      block_bytes_(first_block_bytes) {
  std::size_t end = std::string::npos;
  while (end == std::string::npos && load()) end = text_.rfind('\n');
  text_.resize(end == std::string::npos ? 0 : end + 1);
  complete_bytes_ = end == std::string::npos ? 0 : begin_ + text_.size();
}

std::optional<std::string> LinesBackwards::next() {
  if (text_.empty() && !load()) return std::nullopt;
  // The last character ends the line we want; the one before it begins the line.
  const auto line_feed_before = [this] {
    return text_.size() < 2 ? std::string::npos : text_.rfind('\n', text_.size() - 2);
  };
  std::size_t before = line_feed_before();
  while (before == std::string::npos && load()) before = line_feed_before();
  const std::size_t first = before == std::string::npos ? 0 : before + 1;
  std::string line = text_.substr(first, text_.size() - 1 - first);
  text_.resize(first);
  return line;
}

// Puts the block before `text_` in front of it; false at the front of the file.
bool LinesBackwards::load() {
  if (begin_ == 0) return false;
  if (text_.size() > longest_line_bytes) {
    throw Error(ErrorKind::corrupt, subject_ + ": a line is too long");
  }
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(begin_, block_bytes_));
  std::string block(length, '\0');
  const auto buffer = std::as_writable_bytes(std::span(block));
  for (std::size_t at = 0; at < length;) {
    const std::size_t count = file_->read_at(begin_ - length + at, buffer.subspan(at));
    if (count == 0)
      throw Error(ErrorKind::corrupt, subject_ + ": became shorter while it was read");
    at += count;
  }
  begin_ -= length;
  text_.insert(0, block);
  block_bytes_ = std::min(block_bytes_ * 2, largest_block_bytes);
  return true;
}

}  // namespace imgops
