// Lines of a file from the last to the first, so that the end of a long log costs little.
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace imgops {

// Not thread-safe. Throws Error(corrupt) with `subject` for a line that no log holds.
class LinesBackwards {
 public:
  LinesBackwards(std::shared_ptr<const RandomAccess> file, std::string subject);

  // Size up to and including the last line feed: what follows it was never finished and is no line.
  std::uint64_t complete_bytes() const noexcept { return complete_bytes_; }
  // Without its line feed; nullopt when there is none before.
  std::optional<std::string> next();

 private:
  bool load();

  std::shared_ptr<const RandomAccess> file_;
  std::string subject_;
  std::uint64_t begin_ = 0;  // of `text_` in the file
  std::string text_;         // lines not given yet: empty, or ends with a line feed
  std::size_t block_bytes_;
  std::uint64_t complete_bytes_ = 0;
};

}  // namespace imgops
