// Which kind of Error a function throws, so that a test can state it as a value.
#pragma once

#include "libimgops/base/error.hpp"

#include <optional>

namespace imgops::made {

// The error `function` throws; nullopt when it throws none.
template <class Function>
std::optional<Error> error_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

template <class Function>
std::optional<ErrorKind> kind_of(const Function& function) {
  const auto error = error_of(function);
  if (!error) return std::nullopt;
  return error->kind();
}

template <class Function>
std::optional<DiagnosticCode> code_of(const Function& function) {
  const auto error = error_of(function);
  if (!error || error->diagnostic() == nullptr) return std::nullopt;
  return error->diagnostic()->code;
}

}  // namespace imgops::made
