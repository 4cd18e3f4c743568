// Standard output: the answer and nothing else. Source: command-line §11.
#pragma once

#include "libimgops/base/stream.hpp"

#include <string>
#include <string_view>

namespace imgops::cli {

// Whoever read our output has gone; the program ends quietly. Thrown by Output.
struct ClosedPipe {};

// Buffered bytes into a descriptor that stays open. Throws ClosedPipe, or Error(input_output) when
// the disk is full.
class Output final : public Sink {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}

  void write(ByteView bytes) override;
  void text(std::string_view text) { write(as_bytes(text)); }
  void flush();
  // From now on into this descriptor, as for a pager.
  void redirect(int descriptor);

 private:
  void write_through(std::string_view bytes) const;
  int descriptor_;
  std::string buffer_;
};

}  // namespace imgops::cli
