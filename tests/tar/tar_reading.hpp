// An archive read to its end, for tests: members with their bodies, findings, or why it is
// rejected.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::testing {

struct ReadMember {
  Member member;
  std::string body;    // as stored
  std::string header;  // raw blocks
};

struct Reading {
  std::vector<ReadMember> members;
  std::vector<Diagnostic> findings;
  std::optional<Diagnostic> rejection;
  std::uint64_t position_bytes = 0;

  // "CODE ROW", in order, joined by ", ".
  std::string found() const;
  // "CODE ROW" of the rejection; "" when there is none.
  std::string rejected() const;
  std::vector<std::string> paths() const;
};

// `piece_bytes` is how much the source gives at once.
Reading read_tar(std::string archive, std::size_t piece_bytes = 1 << 20);

}  // namespace imgops::testing
