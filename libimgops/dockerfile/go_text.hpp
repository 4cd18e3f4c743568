// Values as Go's fmt prints them, which is how the classic builder and BuildKit write lists and
// health checks into history. Private to the room.
// Source: Go's packages fmt (%q, %v) and strconv (Quote), time (Duration.String, ParseDuration).
#pragma once

#include "libimgops/base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// `["nginx" "-g" "daemon off;"]`, printed with %q. Nullopt for anything else.
std::optional<std::vector<std::string>> parse_quoted_list(std::string_view text);

// `[/data /logs]`, printed with %v: elements with blanks cannot be told apart. Nullopt without
// brackets.
std::optional<std::vector<std::string>> parse_bare_list(std::string_view text);

// `map[443/tcp:{} 80/tcp:{}]`, the keys. Nullopt for anything else.
std::optional<std::vector<std::string>> parse_set(std::string_view text);

// "1m30s", "1.5s", "100ms" in nanoseconds; nullopt when it is no duration or too long for one.
std::optional<std::int64_t> parse_duration(std::string_view text);

// `&{["CMD-SHELL" "curl -f x"] "30s" "0s" "0s" '\x03'}`, with five fields or, since docker 25, six,
// as the configuration has it: fields that are nought are left out. Nullopt for anything else.
std::optional<Json> parse_health_check(std::string_view text);

}  // namespace imgops
