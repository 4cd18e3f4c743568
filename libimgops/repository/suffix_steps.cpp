// Every cut keeps the bottom of the image, so all suffixes count within the same list of steps and
// only its length changes; the image itself is cut once, at the end.
#include "libimgops/repository/suffix_steps.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/lineage/steps.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <re2/re2.h>

namespace imgops {
namespace {

class Cutter {
 public:
  Cutter(const Image& image, std::size_t step_count, const BaseFinder& find_base_of,
         const std::string& subject)
      : image_(image),
        steps_(steps_of(image)),
        count_(step_count),
        find_base_of_(find_base_of),
        subject_(subject) {}

  void operator()(const LayersBack& back) {
    if (back.count == 0) return;
    const std::size_t layers = layer_count();
    if (back.count > layers) {
      throw Error(ErrorKind::not_found,
                  subject_ + ": " + std::to_string(back.count) + " layers back, but there are " +
                      std::to_string(layers),
                  "from ~0 to ~" + std::to_string(layers));
    }
    count_ = steps_before_layer(layers - back.count);
  }

  void operator()(const StepNumber& step) {
    const auto last = static_cast<std::int64_t>(count_);
    const std::int64_t number = step.number < 0 ? last + 1 + step.number : step.number;
    if (number < 1 || number > last) {
      throw Error(ErrorKind::not_found,
                  subject_ + ": step " + std::to_string(step.number) + ", but there are " +
                      std::to_string(last),
                  last == 0 ? "" : "from #1 to #" + std::to_string(last));
    }
    count_ = static_cast<std::size_t>(number);
  }

  void operator()(const StepMatching& matching) {
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 expression(matching.expression, options);
    if (!expression.ok()) {
      throw Error(ErrorKind::invalid_argument, subject_ + ": " + printable(expression.error()));
    }
    for (std::size_t number = count_; number > 0; --number) {
      if (!RE2::PartialMatch(steps_[number - 1].instruction.to_string(), expression)) continue;
      count_ = number;
      return;
    }
    throw Error(ErrorKind::not_found,
                subject_ + ": no step matches /" + printable(matching.expression) + "/");
  }

  void operator()(const LayerPrefix& wanted) {
    std::vector<std::size_t> found;  // step counts
    std::string candidates;
    for (std::size_t number = 1; number <= count_; ++number) {
      const auto layer = steps_[number - 1].layer;
      if (!layer || !is_named(*layer, wanted.prefix)) continue;
      found.push_back(number);
      candidates += (candidates.empty() ? "" : ", ") + ("#" + std::to_string(number) + " (") +
                    image_.layers()[*layer].descriptor.digest().short_text() + ")";
    }
    const std::string what = subject_ + ": layer " + wanted.prefix;
    if (found.empty()) throw Error(ErrorKind::not_found, what + ": none begins so");
    if (found.size() > 1) {
      throw Error(ErrorKind::ambiguous, what + ": several begin so", candidates);
    }
    count_ = found.front();
  }

  void operator()(const BaseSelector&) {
    auto base = find_base_of_(keep_steps(image_, count_));
    if (!base) {
      throw Error(ErrorKind::not_found, subject_ + ": no base found", "--base scratch, or flatten");
    }
    count_ = base->image && is_history_prefix(*base->image) ? steps_of(*base->image).size()
                                                            : steps_before_layer(base->layer_count);
    base_ = std::move(base);
  }

  StepCut result() && { return {count_, std::move(base_)}; }

 private:
  std::size_t layer_count() const {
    return static_cast<std::size_t>(
        std::count_if(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(count_),
                      [](const Step& step) { return step.layer.has_value(); }));
  }

  // Steps below the layer at `position`: those empty ones that stand on the layer before included.
  std::size_t steps_before_layer(std::size_t position) const {
    const auto found = std::ranges::find(steps_, std::optional(position), &Step::layer);
    return std::min(count_, static_cast<std::size_t>(found - steps_.begin()));
  }

  bool is_named(std::size_t layer, const std::string& prefix) const {
    const ImageLayer& candidate = image_.layers()[layer];
    return candidate.descriptor.digest().hexadecimal().starts_with(prefix) ||
           candidate.diff_id.digest.hexadecimal().starts_with(prefix);
  }

  // Then the base's last empty steps can be told from the first of ours.
  bool is_history_prefix(const Image& base) const {
    const std::vector<Step> steps = steps_of(base);
    return steps.size() <= count_ && std::equal(steps.begin(), steps.end(), steps_.begin(),
                                                [](const Step& left, const Step& right) {
                                                  return left.raw == right.raw &&
                                                         left.layer == right.layer;
                                                });
  }

  const Image& image_;
  std::vector<Step> steps_;
  std::size_t count_;
  std::optional<BaseMatch> base_;
  const BaseFinder& find_base_of_;
  const std::string& subject_;
};

}  // namespace

StepCut apply_suffixes(const Image& image, std::size_t step_count,
                       std::span<const RevisionSuffix> suffixes, const BaseFinder& find_base_of,
                       const std::string& subject) {
  if (suffixes.empty()) return {step_count, std::nullopt};
  Cutter cutter(image, step_count, find_base_of, subject);
  for (const RevisionSuffix& suffix : suffixes) std::visit(cutter, suffix);
  return std::move(cutter).result();
}

std::size_t steps_through_layer(const Image& image, std::size_t layer_count) {
  if (layer_count == 0) return 0;
  const PairedHistory paired = pair_history(image.history(), image.layers().size());
  const auto found =
      std::ranges::find(paired.steps, std::optional(layer_count - 1), &HistoryStep::layer);
  return static_cast<std::size_t>(found - paired.steps.begin()) + 1;
}

}  // namespace imgops
