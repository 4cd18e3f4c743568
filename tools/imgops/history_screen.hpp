// The story of an image as a screen and as a document. Source: command-line §13.1.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/lineage/steps.hpp"
#include "libimgops/ops/image_summary.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

enum class StepOrder : std::uint8_t { newest_first, oldest_first };
enum class StepChoice : std::uint8_t { all, with_layers };

struct HistoryScreen {
  std::string name;  // as the user wrote it
  Image image;
  std::vector<Step> steps;  // oldest first
  ImageSummary summary;
  std::optional<BaseMatch> base;
  StepOrder order = StepOrder::newest_first;
  StepChoice choice = StepChoice::all;
};

std::string history_text(const Context& context, const HistoryScreen& screen);
Json history_json(const HistoryScreen& screen);

// One step as history and show give it. `layer_count` is the image's.
Json step_json(const Image& image, const Step& step, const LayerReport* report);
// "RUN apt-get update", or what stands for it; printable.
std::string step_text(const Step& step);
Json base_json(const BaseMatch& base);

}  // namespace imgops::cli
