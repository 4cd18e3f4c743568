#include "tools/imgops/exit_status.hpp"

namespace imgops::cli {

int exit_status(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid_argument:
      return 2;
    case ErrorKind::not_found:
    case ErrorKind::ambiguous:
      return 3;
    case ErrorKind::corrupt:
    case ErrorKind::unsupported:
      return 4;
    case ErrorKind::unavailable:
    case ErrorKind::denied:
      return 5;
    case ErrorKind::conflict:
      return 6;
    case ErrorKind::input_output:
      return 7;
    case ErrorKind::cancelled:
      return 130;
  }
  return status_internal;
}

std::string_view kind_name(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid_argument:
      return "invalid-argument";
    case ErrorKind::not_found:
      return "not-found";
    case ErrorKind::ambiguous:
      return "ambiguous";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::input_output:
      return "input-output";
    case ErrorKind::cancelled:
      return "cancelled";
  }
  return "internal";
}

}  // namespace imgops::cli
