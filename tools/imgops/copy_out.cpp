#include "tools/imgops/copy_out.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/resolve.hpp"
#include "tools/imgops/archive_output.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

// The nodes at and below the chosen paths, and the directories above them.
Tree chosen_part(const std::vector<CopySource>& sources) {
  std::vector<Node> nodes;
  std::vector<std::shared_ptr<const void>> owners;
  for (const CopySource& source : sources) {
    for (std::string_view above = source.path; !above.empty();) {
      above = parent_path(above);
      nodes.push_back(*source.tree.find(above));
    }
    const auto below = source.tree.subtree(source.path);
    nodes.insert(nodes.end(), below.begin(), below.end());
    owners.insert(owners.end(), source.tree.owners().begin(), source.tree.owners().end());
  }
  std::ranges::stable_sort(nodes, PathLess(), &Node::path);
  const auto same_path = [](const Node& left, const Node& right) {
    return left.path() == right.path();
  };
  nodes.erase(std::unique(nodes.begin(), nodes.end(), same_path), nodes.end());
  return {std::move(nodes), std::move(owners)};
}

// All of one image, so that one cache finds every byte.
void require_one_image(const std::vector<CopySource>& sources) {
  const Digest& first = sources.front().image.image().descriptor().digest();
  for (const CopySource& source : sources) {
    if (source.image.image().descriptor().digest() != first) {
      throw Error(ErrorKind::invalid_argument, "cp -o: all files must be of one image");
    }
  }
}

void tell_left_out(Context& context, const ExtractResult& result) {
  const auto tell = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) context.say(fmt::format("{} {}", count, what));
  };
  tell(result.owners_left_out, "owners left out: only root can set them");
  tell(result.devices_left_out, "devices left out");
  tell(result.xattrs_left_out, "extended attributes left out");
}

}  // namespace

CopySource open_copy_source(Context& context, const std::string& word) {
  SelectedFile file = select_file(context, word);
  Tree tree = view_of(file.image);
  const auto last = file.path.ends_with('/') ? LastComponent::follow : LastComponent::keep;
  const Node* const node = resolve(tree, file.path, last);
  if (node == nullptr) {
    throw Error(ErrorKind::not_found, fmt::format("{}: no such path", printable(word)));
  }
  std::string path(node->path());
  return {std::move(file.image), word, std::move(tree), std::move(path)};
}

ExtractResult copy_to_directory(Context& context, const CopySource& source,
                                const std::filesystem::path& destination) {
  const Operation operation = operation_of(source.image);
  ContentReader contents(operation.layers);
  const bool into = std::filesystem::is_directory(destination);
  ExtractResult total;
  const auto extract_one = [&](std::string_view path, const std::filesystem::path& directory,
                               const std::string& name) {
    context.check_stop();
    const ExtractResult result = with_context(operation.subject, [&] {
      return extract(source.tree, path, contents, directory, name, context.observer(),
                     context.stop());
    });
    total.files += result.files;
    total.bytes += result.bytes;
    tell_left_out(context, result);
  };
  if (into && source.path.empty()) {
    for (const Node& node : source.tree.nodes()) {
      if (node.path().empty() || !parent_path(node.path()).empty()) continue;
      extract_one(node.path(), destination, std::string(file_name(node.path())));
    }
  } else if (into) {
    extract_one(source.path, destination, std::string(file_name(source.path)));
  } else {
    const auto absolute = std::filesystem::absolute(destination).lexically_normal();
    const auto clean = absolute.has_filename() ? absolute : absolute.parent_path();
    extract_one(source.path, clean.parent_path(), clean.filename().string());
  }
  return total;
}

std::uint64_t copy_to_archive(Context& context, const std::vector<CopySource>& sources,
                              const std::string& target) {
  require_one_image(sources);
  const Tree part = chosen_part(sources);
  const Operation operation = operation_of(sources.front().image);
  std::uint64_t bytes = 0;
  write_stream(context, target,
               [&](Sink& sink) { bytes = write_tree_archive(operation, part, sink); });
  return bytes;
}

}  // namespace imgops::cli
