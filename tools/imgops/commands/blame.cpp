// imgops blame: every layer that wrote, changed or removed a path.
#include "libimgops/base/path.hpp"
#include "libimgops/ops/path_history.hpp"
#include "libimgops/tree/resolve.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/exit_status.hpp"
#include "tools/imgops/history_screen.hpp"
#include "tools/imgops/table.hpp"

#include <algorithm>

namespace imgops::cli {
namespace {

// The path meant, links on the way to it followed in the tree as it shows.
std::string path_of(const SelectedFile& file) {
  const Tree tree = view_of(file.image);
  const Node* const node = resolve(tree, file.path, LastComponent::keep);
  if (node != nullptr) return std::string(node->path());
  return real_path(tree, canonical_path(file.path).value_or(""));
}

const Step* step_of_layer(const std::vector<Step>& steps, std::size_t layer) {
  const auto found = std::ranges::find(steps, std::optional(layer), &Step::layer);
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace

void declare_blame(Declarations& declarations) {
  declarations.operand("IMAGE:/PATH");
}

int run_blame(const Options& options, Context& context) {
  const SelectedFile file = select_file(context, options.operand("IMAGE:/PATH"));
  const Image& image = file.image.image();
  const std::string path = path_of(file);
  auto events = path_history(operation_of(file.image), image, path);
  std::ranges::reverse(events);
  const std::vector<Step> steps = steps_of(image);
  Table table({{"REV"}, {"STEP", Align::right}, {"OP"}, {"SIZE", Align::right}, {"INSTRUCTION"}});
  Json rows = Json::array();
  for (const PathEvent& event : events) {
    const Step* const step = step_of_layer(steps, event.layer);
    const std::string revision = layer_revision(event.layer, image.layers().size());
    const std::string text = step == nullptr ? "" : step_text(*step);
    const std::string number = step == nullptr ? "" : std::to_string(step->number);
    table.add({revision, number, std::string(name(event.operation)),
               shown_size(context, event.bytes), text});
    rows.push_back({{"rev", revision},
                    {"step", step == nullptr ? Json(nullptr) : Json(step->number)},
                    {"op", name(event.operation)},
                    {"size", event.bytes},
                    {"instruction", step == nullptr ? "" : step->instruction.to_string()}});
  }
  if (context.wants_json()) {
    Json body = Json::object();
    put_path(body, "path", path);
    body["events"] = rows;
    print_document(context, "blame", body, "events");
  } else if (!events.empty()) {
    context.output().text(table.text(table_width(context)));
  }
  return events.empty() ? status_no : status_done;
}

}  // namespace imgops::cli
