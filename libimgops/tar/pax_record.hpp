// Records that mean nothing to an image, of the raw headers that the reader hands out: what other
// programs keep beside a file in an archive.
#pragma once

#include "libimgops/base/bytes.hpp"

#include <string>
#include <string_view>

namespace imgops {

// The value of a record of the last pax header in `headers`, those of one member as
// TarReader::header() gives them; empty without one. Throws Error(corrupt) as the reader does.
std::string find_pax_record(ByteView headers, std::string_view key);

}  // namespace imgops
