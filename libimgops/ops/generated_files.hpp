// Files that programs of an image make from others and make again: of two, none is worth a
// conflict.
#pragma once

#include <string_view>

namespace imgops {

struct GeneratedFile {
  std::string_view glob;  // over canonical paths
  // The program that makes it anew. Empty where nothing is lost: a backup, or a cache whose readers
  // notice by themselves that it is stale.
  std::string_view made_by;
};

// Null when `path` is none.
const GeneratedFile* find_generated_file(std::string_view path) noexcept;

}  // namespace imgops
