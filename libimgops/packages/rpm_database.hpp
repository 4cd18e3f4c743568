// The database of rpm, which is told apart but not read. Source: rpm's documentation, "RPM database
// backends"; the magic numbers of Berkeley DB, SQLite and rpm's ndb.
#pragma once

#include <cstdint>
#include <string_view>

namespace imgops {

enum class RpmDatabase : std::uint8_t { none, berkeley, ndb, sqlite };
std::string_view name(RpmDatabase database) noexcept;  // "bdb", "ndb", "sqlite", "unknown"

// By the first 16 bytes of the file, or more.
RpmDatabase rpm_database(std::string_view bytes) noexcept;

}  // namespace imgops
