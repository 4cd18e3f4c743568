// Which files `ls` shows.
#pragma once

#include "tools/imgops/listing.hpp"
#include "tools/imgops/selection.hpp"

#include <vector>

namespace imgops::cli {

// What is shown: nodes of a tree, or lines of a layer. Pointers and views reach into these.
struct Chosen {
  std::vector<const Node*> nodes;
  std::vector<ListedFile> files;
  NameStyle style = NameStyle::whole;
};

struct LsOptions {
  bool long_rows = false;  // a link in the last component is shown, not followed
  bool recursive = false;
  bool hidden_names = false;  // that begin with a dot
};

// Of a directory what is in it, of anything else itself. Throws Error(not_found).
Chosen choose_from_tree(const Tree& tree, const SelectedFile& file, const LsOptions& options);
// What one layer carries at and below the path, whiteouts included, by path.
Chosen choose_from_layer(const LayerIndex& index, std::size_t layer, const SelectedFile& file);

}  // namespace imgops::cli
