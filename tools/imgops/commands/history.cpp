// imgops history: the steps of an image.
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/history_screen.hpp"

namespace imgops::cli {

void declare_history(Declarations& declarations) {
  declarations.operand("IMAGE")
      .flag("reverse", "oldest step first, as in a Dockerfile")
      .flag("layers", "only steps that made a layer")
      .value("base", "IMAGE", "what the image was built from");
}

int run_history(const Options& options, Context& context) {
  const std::string word = options.operand("IMAGE");
  const SelectedImage selected = select_image(context, word);
  const Operation operation = operation_of(selected);
  HistoryScreen screen{
      word,
      selected.image(),
      steps_of(selected.image()),
      summarize_layers(operation, selected.image()),
      find_base_of(context, *selected.place, selected.image(), options.text("base")),
      options.flag("reverse") ? StepOrder::oldest_first : StepOrder::newest_first,
      options.flag("layers") ? StepChoice::with_layers : StepChoice::all};
  if (context.wants_json()) {
    print_document(context, "history", history_json(screen), "steps");
    return 0;
  }
  context.start_pager();
  context.output().text(history_text(context, screen));
  return 0;
}

}  // namespace imgops::cli
