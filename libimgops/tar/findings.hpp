// Short ways to say what is found in an archive. Private to `tar` and `layer`.
#pragma once

#include "libimgops/base/observer.hpp"

#include <string>
#include <string_view>

namespace imgops {

inline void report(Observer& observer, DiagnosticCode code, DiagnosticLevel level,
                   std::string_view row, std::string_view path, std::string_view message,
                   std::string_view hint = {}) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.level = level;
  diagnostic.row = row;
  diagnostic.path = path;
  diagnostic.message = message;
  diagnostic.hint = hint;
  observer.diagnose(diagnostic);
}

}  // namespace imgops
