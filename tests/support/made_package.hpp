// Packages put together byte by byte, right or wrong.
#pragma once

#include "tests/support/raw_tar.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops::testing {

// An ar archive of these members.
std::string make_ar(const std::vector<std::pair<std::string, std::string>>& members);

// A .deb with plain parts: a control archive of `documents` and `data`, an archive.
struct MadeDeb {
  std::vector<std::pair<std::string, std::string>> documents;
  std::string data = RawTar().end();
  std::string bytes() const;
};

// The control document of a package for amd64.
std::string control_document(std::string_view name, std::string_view version,
                             std::string_view more = {});

}  // namespace imgops::testing
