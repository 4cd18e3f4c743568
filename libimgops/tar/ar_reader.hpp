// The outer archive of a .deb: a list of members, read without their bytes.
// Source: deb(5); ar(5), the common form with names of at most 16 characters.
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct ArMember {
  std::string name;                // as stored, without blanks behind and the slash of System V
  std::uint64_t offset_bytes = 0;  // of its bytes in the archive
  std::uint64_t size_bytes = 0;
};

// A .deb has three; more than so many is none.
inline constexpr std::size_t ar_members_limit = 64;

bool is_ar(const RandomAccess& file);

// In the archive's order; names may repeat. Throws Error(corrupt), naming `subject`, for what is no
// ar archive, a header or size that cannot be, a name kept elsewhere, or too many members.
std::vector<ArMember> list_ar(const RandomAccess& file, std::string_view subject);

}  // namespace imgops
