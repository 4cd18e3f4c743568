// What a judge with real parts is given: files of a directory, a directory a case.
#pragma once

#include "tests/semantics/plain_tree.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace imgops::test {

// Throws std::runtime_error.
void write_file(const std::filesystem::path& path, std::string_view bytes);
// An uncompressed archive, l0.tar the lowest.
void write_layer_file(const std::filesystem::path& directory, std::size_t number,
                      std::string_view archive);
// A line a node, fields and values as `KEY=VALUE`, bytes other than letters, digits and "._-/:," as
// %XX; "implied" is a word of its own.
std::string listing_of(const PlainTree& tree);

}  // namespace imgops::test
