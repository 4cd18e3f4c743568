// imgops cat: the bytes of files.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/tree/resolve.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/selection.hpp"

#include <fmt/format.h>

namespace imgops::cli {

void declare_cat(Declarations& declarations) {
  declarations.operands("IMAGE:/PATH");
}

int run_cat(const Options& options, Context& context) {
  for (const std::string& word : options.operands("IMAGE:/PATH")) {
    const SelectedFile file = select_file(context, word);
    const Operation operation = operation_of(file.image);
    const Tree tree = view_of(file.image);
    const Node* const node = resolve(tree, file.path, LastComponent::follow);
    if (node == nullptr) {
      throw Error(ErrorKind::not_found, fmt::format("{}: no such file", printable(word)));
    }
    if (node->inode()->type() != FileType::regular) {
      throw Error(ErrorKind::invalid_argument, fmt::format("{}: is no file", printable(word)));
    }
    ContentReader contents(operation.layers);
    with_context(printable(word),
                 [&] { contents.copy(node->inode()->content(), context.output()); });
  }
  return 0;
}

}  // namespace imgops::cli
