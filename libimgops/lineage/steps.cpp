#include "libimgops/lineage/steps.hpp"

#include <utility>

namespace imgops {

std::vector<Step> steps_of(const Image& image) {
  std::vector<Step> steps;
  for (const HistoryStep& paired : pair_history(image.history(), image.layers().size()).steps) {
    Step step;
    step.number = steps.size() + 1;
    step.layer = paired.layer;
    if (paired.entry) {
      const HistoryEntry& entry = image.history()[*paired.entry];
      step.instruction = parse_instruction_text(entry.created_by);
      step.raw = entry.created_by;
      step.created = entry.created;
      step.comment = entry.comment;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace imgops
