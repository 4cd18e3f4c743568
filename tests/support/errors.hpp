// What a call throws, as values to compare.
#pragma once

#include "libimgops/base/error.hpp"

#include <optional>
#include <string>

namespace imgops::testing {

// The error that `function` throws, or nullopt.
template <class Function>
std::optional<Error> error_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

// "JSON-KEYS J10" of the diagnostic thrown; "none" without an error, "plain" without a diagnostic.
template <class Function>
std::string rejection_of(const Function& function) {
  const std::optional<Error> error = error_of(function);
  if (!error) return "none";
  if (error->diagnostic() == nullptr) return "plain";
  return std::string(name(error->diagnostic()->code)) + " " + error->diagnostic()->row;
}

template <class Function>
std::optional<ErrorKind> kind_of(const Function& function) {
  const std::optional<Error> error = error_of(function);
  return error ? std::optional(error->kind()) : std::nullopt;
}

template <class Function>
std::optional<DiagnosticCode> code_of(const Function& function) {
  const auto error = error_of(function);
  if (!error || error->diagnostic() == nullptr) return std::nullopt;
  return error->diagnostic()->code;
}

}  // namespace imgops::testing

// For the tests that stand on made images.
namespace imgops::made {

using testing::code_of;
using testing::error_of;
using testing::kind_of;

}  // namespace imgops::made
