// Ctrl-C and SIGTERM as a stop token. The first asks operations to end; after the second they have
// a second to do so, then the program ends, and so does what it kept in temporary directories.
#pragma once

#include "tools/imgops/leftovers.hpp"

#include <stop_token>
#include <thread>

namespace imgops::cli {

// Made before any other thread, which inherit the blocked signals; it waits for them itself.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  std::stop_token token() const { return source_.get_token(); }
  Leftovers& leftovers() noexcept { return leftovers_; }

 private:
  void wait(const std::stop_token& ending);
  std::stop_source source_;
  Leftovers leftovers_;
  std::jthread waiting_;  // last, so that it ends first
};

}  // namespace imgops::cli
