// imgops show: one step whole, with the files its layer changed.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/ops/view.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/diff_screen.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/history_screen.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

// `#K` and `^{/…}` name a step; everything else a layer, whose step is the topmost that made one.
bool names_a_step(const Revision& revision) {
  if (revision.suffixes.empty()) return false;
  const RevisionSuffix& last = revision.suffixes.back();
  return std::holds_alternative<StepNumber>(last) || std::holds_alternative<StepMatching>(last);
}

const Step& chosen_step(const std::vector<Step>& steps, const SelectedImage& selected) {
  for (std::size_t at = steps.size(); at-- > 0;) {
    if (steps[at].layer || names_a_step(selected.revision)) return steps[at];
  }
  throw Error(ErrorKind::not_found,
              fmt::format("{}: has no step to show", printable(selected.revision.text)));
}

std::string step_page(const Context& context, const SelectedImage& selected, const Step& step) {
  std::string text = fmt::format("step {}  {}\n", step.number, printable(selected.revision.text));
  if (step.layer) {
    const ImageLayer& layer = selected.image().layers()[*step.layer];
    text += fmt::format(
        "layer   {}  {} stored\ndiff id {}\n", layer.descriptor.digest().to_string(),
        shown_size(context, layer.descriptor.size_bytes()), layer.diff_id.digest.to_string());
  }
  if (!step.created.empty()) text += fmt::format("created {}\n", printable(step.created));
  if (!step.comment.empty()) text += fmt::format("comment {}\n", printable(step.comment));
  return text + fmt::format("\n    {}\n\n", printable(step.raw));
}

}  // namespace

void declare_show(Declarations& declarations) {
  declarations.operand("REV");
}

int run_show(const Options& options, Context& context) {
  const SelectedImage selected = select_image(context, options.operand("REV"));
  const Operation operation = operation_of(selected);
  const std::vector<Step> steps = steps_of(selected.image());
  const Step& step = chosen_step(steps, selected);
  const std::size_t upper_count = step.layer ? *step.layer + 1 : 0;
  const Tree lower = view(operation, selected.image(), step.layer ? upper_count - 1 : 0);
  const Tree upper = view(operation, selected.image(), upper_count);
  CompareOptions comparison;
  comparison.proof = ContentProof::never;
  const ChangeSet changes = compare(lower, upper, operation.layers, comparison, operation.stop);
  if (context.wants_json()) {
    Json body = step_json(selected.image(), step, nullptr);
    body["changes"] = files_json(changes);
    print_document(context, "show", body, "changes");
    return 0;
  }
  context.start_pager();
  context.output().text(step_page(context, selected, step));
  context.output().text(files_text(context, changes));
  if (!changes.empty()) context.output().text(summary_text(context, summarise(changes)));
  return 0;
}

}  // namespace imgops::cli
