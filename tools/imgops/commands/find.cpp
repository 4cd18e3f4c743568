// imgops find: files by name, size and mode, in the merged tree or in every layer.
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/exit_status.hpp"
#include "tools/imgops/file_search.hpp"
#include "tools/imgops/row_printer.hpp"

#include <fmt/format.h>

namespace imgops::cli {

void declare_find(Declarations& declarations) {
  declarations.operand("IMAGE")
      .value("name", "GLOB", "the last component, or with a slash the whole path")
      .value("regex", "RE", "anywhere in the path")
      .value("larger", "SIZE", "files above this size")
      .flag("setuid", "files with setuid or setgid")
      .flag("all-layers", "every layer by itself: also what later layers hide");
}

int run_find(const Options& options, Context& context) {
  const FileSearch search(options);
  const SelectedImage selected = select_image(context, options.operand("IMAGE"));
  const std::size_t layers = selected.image().layers().size();
  RowPrinter printer(context, "find", "entries");
  std::size_t count = 0;
  const auto found = [&](const ListedFile& file) {
    ++count;
    if (context.wants_json()) {
      printer.add(file_json(file, layers));
      return;
    }
    const std::string layer = file.layer ? layer_revision(*file.layer, layers) : "";
    context.output().text(fmt::format("{}  {}", layer, short_line(file, NameStyle::whole)));
  };
  if (options.flag("all-layers")) {
    search_layers(selected, search, found);
  } else {
    search_tree(selected, search, found);
  }
  if (context.wants_json()) printer.end();
  return count == 0 ? status_no : status_done;
}

}  // namespace imgops::cli
