// imgops waste: bytes that are stored and never seen.
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/exit_status.hpp"
#include "tools/imgops/waste_report.hpp"

namespace imgops::cli {

void declare_waste(Declarations& declarations) {
  declarations.operand("IMAGE")
      .value("base", "IMAGE", "what the image was built from")
      .value("max-hidden", "SIZE", "status 1 when more is hidden")
      .value("max-hidden-percent", "N", "status 1 when more of the unpacked bytes is hidden")
      .value("min-efficiency", "N", "status 1 when dive's figure is below (0 to 1)");
}

int run_waste(const Options& options, Context& context) {
  const std::string word = options.operand("IMAGE");
  const SelectedImage selected = select_image(context, word);
  ImageReport report = report_layers(operation_of(selected), selected.image());
  auto base = find_base_of(context, *selected.place, selected.image(), options.text("base"));
  const std::size_t base_layers = base && base->is_certain() ? base->layer_count : 0;
  const WasteSums sums = waste_sums(report, base_layers);
  auto failures = failed_rules(context, options, report, sums);
  const WasteScreen screen{word, selected.image(),   std::move(report), std::move(base),
                           sums, std::move(failures)};
  if (context.wants_json()) {
    print_document(context, "waste", waste_json(screen), "files");
  } else {
    context.output().text(waste_text(context, screen));
  }
  return screen.failures.empty() ? status_done : status_no;
}

}  // namespace imgops::cli
