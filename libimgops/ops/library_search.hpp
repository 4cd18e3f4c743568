// Where the loader of a tree's programs would find a shared object, by the tree alone.
// Source: ld.so(8), ldconfig(8); musl's ld-musl path file.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/packages/elf.hpp"
#include "libimgops/tree/tree.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Reads the tree's ld.so.conf and what it includes once. Not thread-safe. The tree outlives it.
class LibrarySearch {
 public:
  LibrarySearch(const Tree& tree, ContentReader& contents);

  // Whether a regular file of that name is in reach of `elf`, which lies at `path` (canonical):
  // RPATH where there is no RUNPATH, RUNPATH, the directories of ld.so.conf, those built into the
  // loader. What environment and other objects' RPATH would add counts as not there.
  bool finds(const ElfFile& elf, std::string_view path, std::string_view library);
  // Whether the path leads to a regular file.
  bool has_file(std::string_view path) const;

 private:
  const Tree& tree_;
  std::vector<std::string> directories_;            // of the configuration, then of the loader
  std::map<std::string, bool, std::less<>> found_;  // by library, in these directories
  std::size_t lookups_ = 0;
};

}  // namespace imgops
