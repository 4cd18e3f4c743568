#include "tools/imgops/listing_choice.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

[[noreturn]] void no_such_path(const SelectedFile& file) {
  throw Error(
      ErrorKind::not_found,
      fmt::format("{}: no {} in it", printable(file.image.revision.text), printable(file.path)));
}

}  // namespace

Chosen choose_from_tree(const Tree& tree, const SelectedFile& file, const LsOptions& options) {
  // A link to a directory means the directory, unless the link itself may be looked at with -l.
  const Node* node = resolve(tree, file.path, LastComponent::follow);
  const Node* const itself = resolve(tree, file.path, LastComponent::keep);
  if (node == nullptr || (options.long_rows && !file.path.ends_with('/'))) node = itself;
  if (node == nullptr) no_such_path(file);
  if (node->inode()->type() != FileType::directory)
    return {{itself == nullptr ? node : itself}, {}, NameStyle::whole};
  Chosen chosen{{}, {}, options.recursive ? NameStyle::whole : NameStyle::last_component};
  for (const Node& below : tree.subtree(node->path()).subspan(1)) {
    if (!options.recursive && parent_path(below.path()) != node->path()) continue;
    if (!options.hidden_names && file_name(below.path()).starts_with('.')) continue;
    chosen.nodes.push_back(&below);
  }
  return chosen;
}

Chosen choose_from_layer(const LayerIndex& index, std::size_t layer, const SelectedFile& file) {
  const std::string path = canonical_path(file.path).value_or("");
  Chosen chosen;
  for (const LayerEntry& entry : index.entries) {
    if (entry.path != path && !is_below(entry.path, path)) continue;
    chosen.files.push_back(listed(entry, layer));
  }
  if (chosen.files.empty() && !path.empty()) no_such_path(file);
  std::ranges::stable_sort(chosen.files, PathLess(), &ListedFile::path);
  return chosen;
}

}  // namespace imgops::cli
