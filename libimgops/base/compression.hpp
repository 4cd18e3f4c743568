// How the bytes of a blob are packed. `codec` does the work, `image` reads the names.
#pragma once

#include <cstdint>
#include <string_view>

namespace imgops {

enum class Compression : std::uint8_t { none, gzip, zstd };

constexpr std::string_view name(Compression compression) noexcept {
  switch (compression) {
    case Compression::none:
      return "none";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
  }
  return "";
}

}  // namespace imgops
