// Whoever watches an operation: told about findings and progress, asked nothing.
#pragma once

#include "libimgops/base/diagnostic.hpp"

#include <cstdint>
#include <string_view>

namespace imgops {

// Calls may come from several threads at once; implementations synchronise themselves.
class Observer {
 public:
  virtual ~Observer() = default;
  // A note or a warning; what is rejected is thrown instead.
  virtual void diagnose(const Diagnostic& diagnostic) = 0;
  // `done` of `total` bytes of the thing called `subject`; total 0 when unknown. `operation` is a
  // verb, "index" or "write".
  virtual void progress(std::string_view operation, std::string_view subject, std::uint64_t done,
                        std::uint64_t total) = 0;
};

// Watches and says nothing.
class SilentObserver final : public Observer {
 public:
  void diagnose(const Diagnostic&) override {}
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
};

}  // namespace imgops
