// Points in time, as archives and documents write them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// Since 1970-01-01T00:00:00Z; nanoseconds 0 … 999 999 999, also before that day.
struct Timestamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

// "2023-11-14T22:13:20Z", with a fraction only where there is one; years 0000 … 9999.
// Source: RFC 3339.
std::string to_rfc3339(const Timestamp& time);
// Nullopt when `text` is no RFC 3339 time; offsets are applied.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace imgops
