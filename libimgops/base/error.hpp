// The one exception of the library. Its kind decides the exit status (docs/architecture.md).
#pragma once

#include "libimgops/base/diagnostic.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace imgops {

enum class ErrorKind : std::uint8_t {
  invalid_argument,  // the caller's words: 2
  not_found,         // 3
  ambiguous,         // 3
  corrupt,           // hostile or damaged input: 4
  unsupported,       // sound input in a form we do not read: 4
  unavailable,       // network, daemon, store: 5
  denied,            // credentials: 5
  conflict,          // refused as unsafe: 6
  input_output,      // disk, locks: 7
  cancelled          // 130
};

// The work cannot be done. The message is "subject: what", lower case, one line, printable.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}
  // Hostile or corrupt input; kind is corrupt and what() is the diagnostic's sentence.
  explicit Error(Diagnostic diagnostic);

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& hint() const noexcept { return hint_; }  // empty when there is none
  const Diagnostic* diagnostic() const noexcept { return diagnostic_.get(); }  // or null

  // The same error, its message preceded by "context: ".
  Error within(const std::string& context) const;

 private:
  ErrorKind kind_;
  std::string hint_;
  std::shared_ptr<const Diagnostic> diagnostic_;
};

// Runs `function`; an Error that leaves it gets `context` in front of its message.
template <class Function>
auto with_context(const std::string& context, const Function& function) {
  try {
    return function();
  } catch (const Error& error) {
    throw error.within(context);
  }
}

}  // namespace imgops
