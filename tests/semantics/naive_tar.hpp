// An archive taken apart in the plainest way (ustar, pax, GNU long names), to judge what was
// written without the reader it will be read with. Trusts its input: for archives of these tests
// only.
#pragma once

#include "tests/support/story.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::naive {

struct BadArchive : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct TarMember {
  story::Member said;   // values of pax records applied; `pax` has the records as they stand
  std::string bytes;    // the member whole, extension headers and padding included
  std::string headers;  // the same without body and padding
  std::string magic;    // eight bytes
  std::string uname;
  std::string gname;
  std::string extension_name;   // of the pax header; empty without one
  std::string extension_types;  // "x", "L", "K", "g" … in order
};

struct TarArchive {
  std::vector<TarMember> members;
  std::string end;  // everything from the first zero block on
};

// Throws BadArchive where a header's checksum is wrong or bytes are missing.
TarArchive read_tar(std::string_view bytes);

std::vector<story::Member> members_of(const TarArchive& archive);

}  // namespace imgops::naive
