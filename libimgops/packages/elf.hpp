// What an ELF file asks of the loader, read from its bytes; nothing is executed or mapped.
// Source: System V ABI, generic part, "ELF Header" and "Dynamic Section".
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

enum class ElfClass : std::uint8_t { bits_32, bits_64 };

struct ElfFile {
  ElfClass elf_class = ElfClass::bits_64;
  bool is_big_endian = false;
  std::uint16_t machine = 0;        // e_machine: 62 is x86-64, 183 is AArch64
  std::string interpreter;          // of programs: the loader's path; else empty
  std::string soname;               // empty when there is none
  std::vector<std::string> needed;  // names of shared objects, in the file's order
  std::vector<std::string> rpath;   // directories, "$ORIGIN" as it stands; used without runpath
  std::vector<std::string> runpath;
};

// Nullopt for what is no ELF file, and for one that is neither a program nor a shared object
// (object files, dumps). Throws Error(corrupt) when tables lie outside the file or are larger than
// real ones. Reads headers, the dynamic table and names only: at most some 2 MiB.
std::optional<ElfFile> read_elf(const RandomAccess& file);

}  // namespace imgops
