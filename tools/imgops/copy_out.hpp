// Files of images out into this machine, or into an archive.
#pragma once

#include "libimgops/tree/extract.hpp"
#include "tools/imgops/selection.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace imgops::cli {

// Where in a tree a copy begins.
struct CopySource {
  SelectedImage image;
  std::string word;  // as the user wrote it
  Tree tree;
  std::string path;  // canonical, of a node
};
// A link is copied as a link, unless the word ends in a slash. Throws Error(not_found).
CopySource open_copy_source(Context& context, const std::string& word);

// Into `destination`: into it where it is a directory, else under that name beside it.
ExtractResult copy_to_directory(Context& context, const CopySource& source,
                                const std::filesystem::path& destination);

// All sources as one plain archive, under their whole paths and with their parents, so that
// `append` puts them where they were. Sources of different images must not hold the same path.
// `target` is a file or "-".
std::uint64_t copy_to_archive(Context& context, const std::vector<CopySource>& sources,
                              const std::string& target);

}  // namespace imgops::cli
