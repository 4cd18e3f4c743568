// imgops ls: files of the merged tree, or of the tip layer alone.
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/listing.hpp"
#include "tools/imgops/listing_choice.hpp"
#include "tools/imgops/row_printer.hpp"
#include "tools/imgops/selection.hpp"

namespace imgops::cli {
namespace {

LsOptions ls_options(const Options& options) {
  return {options.flag("long"), options.flag("recursive"), options.flag("all")};
}

std::shared_ptr<const LayerIndex> open_tip_layer(const SelectedImage& selected) {
  const Operation operation = operation_of(selected);
  return of_image(operation, selected.image(), [&] {
    const auto layers = selected.image().layers();
    return operation.layers
        .open(layers.last(1), operation.workers, operation.observer, operation.stop,
              layers.size() - 1)
        .front();
  });
}

template <class Function>
void for_each_file(const Chosen& chosen, const Function& function) {
  for (const Node* const node : chosen.nodes) function(listed(*node));
  for (const ListedFile& file : chosen.files) function(file);
}

void print(Context& context, const Chosen& chosen, std::size_t layers, const Options& options) {
  if (context.wants_json()) {
    RowPrinter printer(context, "ls", "entries");
    for_each_file(chosen, [&](const ListedFile& file) { printer.add(file_json(file, layers)); });
    printer.end();
    return;
  }
  Table table = long_table();
  for_each_file(chosen, [&](const ListedFile& file) {
    if (options.flag("long")) {
      add_long_row(context, table, file, layers, chosen.style);
    } else {
      context.output().text(short_line(file, chosen.style));
    }
  });
  context.output().text(table.text());
}

}  // namespace

void declare_ls(Declarations& declarations) {
  declarations.operand("IMAGE")
      .flag("long,l", "mode, owner, size, time and layer of each")
      .flag("recursive,R", "all below, with whole paths")
      .flag("all,a", "also names that begin with a dot")
      .flag("layer", "only the tip layer, whiteouts included");
}

int run_ls(const Options& options, Context& context) {
  const SelectedFile file = select_file_or_root(context, options.operand("IMAGE"));
  const std::size_t layers = file.image.image().layers().size();
  if (options.flag("layer") && layers > 0) {
    const auto layer = open_tip_layer(file.image);
    print(context, choose_from_layer(*layer, layers - 1, file), layers, options);
    return 0;
  }
  const Tree tree = view_of(file.image);
  print(context, choose_from_tree(tree, file, ls_options(options)), layers, options);
  return 0;
}

}  // namespace imgops::cli
