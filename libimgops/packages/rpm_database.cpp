#include "libimgops/packages/rpm_database.hpp"

namespace imgops {

std::string_view name(RpmDatabase database) noexcept {
  switch (database) {
    case RpmDatabase::berkeley:
      return "bdb";
    case RpmDatabase::ndb:
      return "ndb";
    case RpmDatabase::sqlite:
      return "sqlite";
    case RpmDatabase::none:
      break;
  }
  return "unknown";
}

RpmDatabase rpm_database(std::string_view bytes) noexcept {
  if (bytes.starts_with(std::string_view("SQLite format 3\0", 16))) return RpmDatabase::sqlite;
  if (bytes.starts_with("RpmP") || bytes.starts_with("RpmI")) return RpmDatabase::ndb;
  if (bytes.size() < 16) return RpmDatabase::none;
  // A page of Berkeley DB has its number behind twelve bytes, in the order of its maker's machine:
  // 0x061561 is a hash, 0x053162 a tree.
  using namespace std::string_view_literals;
  const std::string_view number = bytes.substr(12, 4);
  const bool is_berkeley = number == "\x61\x15\x06\0"sv || number == "\0\x06\x15\x61"sv ||
                           number == "\x62\x31\x05\0"sv || number == "\0\x05\x31\x62"sv;
  return is_berkeley ? RpmDatabase::berkeley : RpmDatabase::none;
}

}  // namespace imgops
