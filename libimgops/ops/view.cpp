#include "libimgops/ops/view.hpp"

#include "libimgops/base/diagnostic.hpp"

#include <string_view>

namespace imgops {

Tree view(const Operation& operation, const Image& image) {
  return view(operation, image, image.layers().size());
}

Tree view(const Operation& operation, const Image& image, std::size_t count) {
  return of_image(operation, image, [&] {
    const auto layers = operation.layers.open(image.layers().first(count), operation.workers,
                                              operation.observer, operation.stop);
    Tree tree = apply_layers(Tree(), layers, 0, operation.observer);
    report_runtime_paths(tree, operation.observer);
    return tree;
  });
}

void report_runtime_paths(const Tree& tree, Observer& observer) {
  for (const std::string_view path : {"dev", "etc", "proc", "sys"}) {
    const Node* const node = tree.find(path);
    if (node == nullptr || node->inode()->type() != FileType::symlink) continue;
    Diagnostic diagnostic;
    diagnostic.code = DiagnosticCode::runtime_path;
    diagnostic.level = DiagnosticLevel::warning;
    diagnostic.row = "T35";
    diagnostic.path = path;
    diagnostic.message = "a symlink where runtimes mount or write";
    diagnostic.hint = "some runtimes follow it out of the container";
    observer.diagnose(diagnostic);
  }
}

}  // namespace imgops
