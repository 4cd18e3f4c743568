// Images of random stacks, and what operations make of them as plain trees.
#pragma once

#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/view.hpp"
#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/random_stack.hpp"

#include <cstddef>
#include <string>

namespace imgops::test {

struct RandomImage {
  explicit RandomImage(const RandomStack& random, std::size_t threads = 2)
      : stack(story::build(random.layers)), workers(threads) {
    for (const ImageLayer& layer : stack.layers()) {
      const std::string message = "RUN step " + std::to_string(image.layers().size());
      image = append_layer(image, layer, HistoryEntry::make("", message, "", false));
    }
  }

  std::size_t size() const { return image.layers().size(); }
  PlainTree plain(const Image& of) { return stack.plain(view(operation, of)); }
  PlainTree plain(std::size_t layer_count) {
    return stack.plain(view(operation, image, layer_count));
  }

  LibraryStack stack;
  Workers workers;
  SilentObserver observer;
  Operation operation{stack.blobs(), stack.cache(), workers, observer, {}, {}};
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
};

// What a merge looks at: everything but times, and which names are one file.
inline bool is_alike(const PlainNode& left, const PlainNode& right) {
  return left.type == right.type && left.mode == right.mode && left.uid == right.uid &&
         left.gid == right.gid && left.device == right.device && left.target == right.target &&
         left.content == right.content && left.xattrs == right.xattrs;
}

// One line a path that is not alike; empty when all are.
inline std::string unlike(const PlainTree& left, const PlainTree& right) {
  std::string lines;
  for (const auto& [path, node] : left) {
    const auto found = right.find(path);
    if (found == right.end()) {
      lines += "only left: /" + path + "\n";
    } else if (!is_alike(node, found->second)) {
      lines += "differs: /" + path + "\n";
    }
  }
  for (const auto& [path, node] : right) {
    if (left.find(path) == left.end()) lines += "only right: /" + path + "\n";
  }
  return lines;
}

// `tree` with what leads from `before` to `after`, path by path.
inline void do_changes(PlainTree& tree, const PlainTree& before, const PlainTree& after) {
  for (const auto& [path, node] : before) {
    if (after.find(path) == after.end()) tree.erase(path);
  }
  for (const auto& [path, node] : after) {
    const auto found = before.find(path);
    if (found == before.end() || !is_alike(found->second, node)) tree[path] = node;
  }
}

inline void must_be_empty(const std::string& text) {
  if (!text.empty()) RC_FAIL("\n" + text);
}

}  // namespace imgops::test
