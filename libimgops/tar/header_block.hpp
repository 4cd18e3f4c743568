// One 512-byte header block of any dialect, judged as Go's archive/tar judges it. Private to `tar`.
// Source: POSIX.1-1988 ustar, GNU tar "Basic Tar Format"; semantics S05, M24.
#pragma once

#include "libimgops/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// The fields that matter to us, the ustar prefix joined to the name. Numbers are as stored: they
// may be negative or out of range.
struct HeaderFields {
  char type = '0';
  std::string name;
  std::string link_name;
  std::int64_t size_bytes = 0;
  std::int64_t mode = 0;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t mtime_seconds = 0;
  std::int64_t device_major = 0;
  std::int64_t device_minor = 0;
};

bool is_zero_block(ByteView bytes) noexcept;

// Links, devices, directories and fifos have no data, whatever size they claim.
bool has_no_data(char type) noexcept;

// Nullopt when the checksum or a field is wrong; `problem` then says which.
std::optional<HeaderFields> parse_header_block(ByteView block, std::string_view& problem);

}  // namespace imgops
