// The programs and libraries of a tree that another has not, as the loader sees them.
#pragma once

#include "libimgops/ops/operation.hpp"
#include "libimgops/packages/elf.hpp"
#include "libimgops/tree/tree.hpp"

#include <string_view>
#include <vector>

namespace imgops {

struct FoundElf {
  std::string_view path;  // of the first name of the file
  const Inode* inode = nullptr;
  ElfFile elf;
};

// Of regular files in `tree` that are not the very files of `base`, may be run or have ".so" in
// their names: those that are ELF files and can be read; by path. Each layer is read forwards once,
// several at the same time. Throws what reading layers throws, Error(cancelled).
std::vector<FoundElf> find_elf_files(const Operation& operation, const Tree& base,
                                     const Tree& tree);

}  // namespace imgops
