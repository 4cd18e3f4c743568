// ELF files with nothing but what a loader looks at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imgops::testing {

struct MadeElf {
  bool is_64 = true;
  bool is_big_endian = false;
  std::uint16_t type = 3;      // 2: program, 3: shared object
  std::uint16_t machine = 62;  // x86-64
  std::string interpreter;     // empty: none
  std::string soname;
  std::vector<std::string> needed;
  std::string rpath;
  std::string runpath;
};

std::string make_elf(const MadeElf& elf);

}  // namespace imgops::testing
