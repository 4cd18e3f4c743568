// The history is replayed twice, up to the step and to its end, and the difference between the two
// is taken off the settings the image has. So a setting that no later step touches is the image's
// own, however badly its text reads, and one that no step explains stays; text counts only where a
// later step overwrote what it set.
#include "libimgops/lineage/settings_replay.hpp"

#include "libimgops/dockerfile/replay.hpp"
#include "libimgops/lineage/image_settings.hpp"
#include "libimgops/lineage/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

std::vector<HistoryInstruction> instructions_of(const Image& image) {
  std::vector<HistoryInstruction> instructions;
  for (const Step& step : steps_of(image)) {
    instructions.push_back(read_history_text(step.raw, step.comment));
  }
  return instructions;
}

class SettingsReplay {
 public:
  SettingsReplay(const Image& image, std::size_t step_count, const Image* ancestor,
                 const BuildStart& build_start)
      : steps_(instructions_of(image)), step_count_(step_count), finished_(settings_of(image)) {
    if (ancestor != nullptr) start_from(*ancestor);
    choose_own_first(build_start);
    to_step_ = run(step_count_);
    to_end_ = run(steps_.size());
  }

  ReplayedSettings merge() {
    for (const Setting* const setting : finished_.in_order()) merge_finished(*setting);
    for (const Setting* const setting : to_step_.settings.in_order()) {
      if (finished_.find(setting->group, setting->key) == nullptr) merge_gone(*setting);
    }
    tell_unread();
    return std::move(result_);
  }

 private:
  Replayed run(std::size_t end) const {
    return replay({steps_, first_, end, own_first_, start_, finished_});
  }

  // Which step set what the ancestor has, its own history tells.
  void start_from(const Image& ancestor) {
    const Settings known = settings_of(ancestor);
    const std::size_t count = steps_of(ancestor).size();
    const Replayed told = replay({steps_, 0, count, 0, {}, known});
    for (const Setting* const setting : known.in_order()) {
      Setting dated = *setting;
      const Setting* const set = told.settings.find(setting->group, setting->key);
      if (set != nullptr && is_same_value(set, setting)) dated.step = set->step;
      start_.set(std::move(dated));
    }
    first_ = count;
  }

  // The start of the last build decides what becomes of an older CMD and of triggers. Where nobody
  // tells it: the first candidate that ends with those the image has, else with its CMD.
  void choose_own_first(const BuildStart& build_start) {
    if (build_start.told) {
      own_first_ = *build_start.told;
      return;
    }
    const std::vector<std::size_t> candidates = own_first_candidates(build_start.likely);
    int best = -1;
    std::size_t chosen = 0;
    for (const std::size_t candidate : candidates) {
      own_first_ = candidate;
      const Replayed all = run(steps_.size());
      const int score =
          2 * static_cast<int>(agrees(all, "Cmd")) + static_cast<int>(agrees(all, "OnBuild"));
      if (score <= best) continue;
      best = score;
      chosen = candidate;
      if (score == 3) break;
    }
    own_first_ = chosen;
  }

  // Likeliest first: what looks like a base; the step that a trigger made; behind any step that
  // sets one of the two.
  std::vector<std::size_t> own_first_candidates(std::optional<std::size_t> likely) const {
    constexpr std::size_t most = 32;
    std::vector<std::size_t> candidates;
    if (likely) candidates.push_back(*likely);
    std::vector<std::size_t> guesses;
    for (std::size_t step = steps_.size(); step > 0 && guesses.size() < most; --step) {
      const HistoryInstruction& instruction = steps_[step - 1];
      if (instruction.keyword != "CMD" && instruction.keyword != "ONBUILD") continue;
      guesses.push_back(step);
      if (instruction.keyword == "CMD") continue;
      if (const auto made = find_made_by(instruction, step)) candidates.push_back(*made);
    }
    candidates.insert(candidates.end(), guesses.begin(), guesses.end());
    candidates.push_back(0);
    return candidates;
  }

  // Steps below the first from `step` on that is what `trigger` says.
  std::optional<std::size_t> find_made_by(const HistoryInstruction& trigger,
                                          std::size_t step) const {
    for (; step < steps_.size(); ++step) {
      const HistoryInstruction& instruction = steps_[step];
      if (instruction.keyword + " " + instruction.arguments == trigger.arguments) return step;
    }
    return std::nullopt;
  }

  bool agrees(const Replayed& all, std::string_view group) const {
    return is_same_value(all.settings.find(group), finished_.find(group));
  }

  void merge_finished(const Setting& finished) {
    const Setting* const then = to_step_.settings.find(finished.group, finished.key);
    const Setting* const last = to_end_.settings.find(finished.group, finished.key);
    const bool is_untold = finished.group == "OnBuild" && !is_same_value(last, &finished);
    if (is_untold) return merge_untold(then);
    if (is_same_value(then, last)) {
      result_.settings.set(finished);
    } else if (then != nullptr) {
      merge_changed(*then, last, &finished);
    } else if (finished.name() == "Env.PATH" && had_default_path()) {
      result_.settings.set({"Env", "PATH", default_path});
    }
  }

  // Set by no step, and so in no text.
  bool had_default_path() const {
    return std::any_of(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(step_count_),
                       [](const HistoryInstruction& step) {
                         return step.dialect != HistoryDialect::none &&
                                step.dialect != HistoryDialect::plain;
                       });
  }

  // BuildKit writes no ONBUILD, so its triggers may have come with any step.
  void merge_untold(const Setting* then) {
    omit("OnBuild: the image has triggers that no step of its history sets");
    if (then != nullptr && !then->value.is_null()) result_.settings.set(*then);
  }

  // A setting of then that the finished image has no more.
  void merge_gone(const Setting& then) {
    const Setting* const last = to_end_.settings.find(then.group, then.key);
    const bool is_kept_nowhere =
        last != nullptr &&
        (then.group == "Healthcheck" || then.group == "Shell" || then.group == "OnBuild");
    if (is_kept_nowhere) return;  // OCI images of buildah tell of these, but do not have them
    if (!is_same_value(&then, last)) merge_changed(then, last, nullptr);
  }

  void merge_changed(const Setting& then, const Setting* last, const Setting* finished) {
    if (then.value.is_null()) {
      omit(fmt::format("{}: step {} sets it to something that is not known", then.name(),
                       then.step));
      return;
    }
    const bool is_doubtful =
        last != nullptr && !last->value.is_null() && !is_same_value(last, finished);
    if (is_doubtful) {
      omit(
          fmt::format("{}: its last value is not what step {} says, so its earlier one is in doubt",
                      then.name(), last->step));
    }
    result_.settings.set(then);
  }

  void tell_unread() {
    for (const std::size_t step : to_end_.unread) {
      const HistoryInstruction& instruction = steps_[step - 1];
      omit(fmt::format("step {}: cannot be read: {} {}", step, instruction.keyword,
                       instruction.arguments));
    }
  }

  void omit(std::string sentence) { result_.omitted.push_back(std::move(sentence)); }

  std::vector<HistoryInstruction> steps_;
  std::size_t step_count_;
  Settings finished_;
  std::size_t first_ = 0;
  Settings start_;
  std::size_t own_first_ = 0;
  Replayed to_step_;
  Replayed to_end_;
  ReplayedSettings result_;
};

}  // namespace

ReplayedSettings replay_settings(const Image& image, std::size_t step_count, const Image* ancestor,
                                 const BuildStart& build_start) {
  return SettingsReplay(image, step_count, ancestor, build_start).merge();
}

}  // namespace imgops
