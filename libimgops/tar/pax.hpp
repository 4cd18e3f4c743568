// The records of a pax extended header. Private to `tar`.
// Source: POSIX.1-2001 pax "pax Extended Header"; semantics M02, M03, N08.
#pragma once

#include "libimgops/base/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct PaxRecord {
  std::string key;
  std::string value;
};

// By key, keys unique: of two equal ones the last counts (M02).
class PaxRecords {
 public:
  PaxRecords() = default;
  // Throws Error(corrupt): PAX-BAD when the records are malformed (M03), NAME-NUL for a NUL in
  // `path` or `linkpath` (N08). Pairs of GNU.sparse.offset and GNU.sparse.numbytes, of which there
  // are many, become one GNU.sparse.map (M20).
  explicit PaxRecords(std::string_view text);

  // Empty when the record is absent or unset, which is the same (M02).
  std::string_view find(std::string_view key) const;
  std::span<const PaxRecord> all() const noexcept { return records_; }
  // Whether a key came twice or a value was empty (M02).
  bool is_odd() const noexcept { return odd_; }

 private:
  void keep_last_of_each_key();

  std::vector<PaxRecord> records_;
  bool odd_ = false;
};

// A decimal number with an optional sign, nothing else; nullopt outside of 64 bits.
std::optional<std::int64_t> parse_pax_integer(std::string_view text);
// Seconds with an optional fraction, of which nine digits count; "-1.5" is before -1.
std::optional<Timestamp> parse_pax_time(std::string_view text);

}  // namespace imgops
