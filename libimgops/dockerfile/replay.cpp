#include "libimgops/dockerfile/replay.hpp"

#include "libimgops/dockerfile/dialects.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace imgops {
namespace {

// Longer text is no setting; strangers' text must not cost more than reading it.
constexpr std::size_t longest_text = 1 << 16;

class Replay {
 public:
  explicit Replay(const ReplayInput& input) : input_(input), result_{input.start, {}} {
    collect_build_arguments();
  }

  Replayed run() {
    for (std::size_t step = input_.first; step < input_.end; ++step) {
      if (step == input_.own_first) result_.settings.remove("OnBuild");
      apply(input_.steps[step], step + 1);
    }
    return std::move(result_);
  }

 private:
  // What a build argument is, the text of ARG may not say; the commands it was given to do.
  void collect_build_arguments() {
    for (const HistoryInstruction& step : input_.steps) {
      for (const std::string& argument : step.build_arguments) {
        const std::size_t equals = argument.find('=');
        if (equals == std::string::npos) continue;
        Variable& known = arguments_[argument.substr(0, equals)];
        const std::string value = argument.substr(equals + 1);
        const bool is_other = known.state == Variable::State::known && known.value != value;
        known = {is_other ? Variable::State::unknown : Variable::State::known, value};
        if (is_other) known.value.clear();
      }
      if (step.keyword == "ARG") declare_arguments(step.arguments);
    }
  }

  void declare_arguments(const std::string& text) {
    for (const std::string& word : split_words(text)) {
      arguments_.try_emplace(word.substr(0, word.find('=')),
                             Variable{Variable::State::unknown, ""});
    }
  }

  // Variables are never unset: one that the finished image has may have been there from the start.
  Variable find_variable(const std::string& name) const {
    if (const Setting* const set = result_.settings.find("Env", name); set != nullptr) {
      if (set->value.is_string()) {
        return {Variable::State::known, set->value.get<std::string>()};
      }
      return {Variable::State::unknown, ""};
    }
    if (const auto argument = arguments_.find(name); argument != arguments_.end()) {
      return argument->second;
    }
    // Only those who keep the Dockerfile's text ask; buildah's own default is in no image.
    if (name == "PATH") return {Variable::State::known, std::string(default_path)};
    const bool may_be_set = input_.finished.find("Env", name) != nullptr;
    return {may_be_set ? Variable::State::unknown : Variable::State::unset, ""};
  }

  ReadSettings read(const HistoryInstruction& instruction) const {
    if (instruction.arguments.size() > longest_text) return std::nullopt;
    const VariableLookup variables = [this](const std::string& name) {
      return find_variable(name);
    };
    const Surroundings around{result_.settings, input_.finished, variables};
    switch (instruction.dialect) {
      case HistoryDialect::classic:
        return read_classic(instruction, around);
      case HistoryDialect::buildkit:
        return read_buildkit(instruction, around);
      case HistoryDialect::buildah:
      case HistoryDialect::plain:
        return read_buildah(instruction, around);
      case HistoryDialect::none:
        break;
    }
    return std::vector<Setting>();
  }

  void apply(const HistoryInstruction& instruction, std::size_t step) {
    const std::string_view group = group_of(instruction.keyword);
    if (group.empty()) return;
    auto settings = read(instruction);
    if (!settings && has_keys(group)) {
      result_.unread.push_back(step);
      return;
    }
    if (!settings) settings = std::vector<Setting>{{std::string(group), "", nullptr}};
    if (group == "Entrypoint" && inherits_command(step)) result_.settings.remove("Cmd");
    for (Setting& setting : *settings) {
      setting.step = step;
      put(std::move(setting));
    }
  }

  static bool has_keys(std::string_view group) {
    return group == "Env" || group == "Labels" || group == "ExposedPorts" || group == "Volumes";
  }

  // Whether the command that is set at `step` is that of an earlier build. Among the steps of bases
  // nobody knows; a build that sets it right before its entry point means to keep it.
  bool inherits_command(std::size_t step) const {
    const Setting* const command = result_.settings.find("Cmd");
    if (command == nullptr || command->step > input_.own_first) return false;
    return step > input_.own_first || command->step + 1 != step;
  }

  void put(Setting setting) {
    if (setting.group == "OnBuild") prepend_triggers(setting);
    if (setting.value.is_array() && setting.value.empty()) {
      result_.settings.remove(setting.group);
    } else {
      result_.settings.set(std::move(setting));
    }
  }

  void prepend_triggers(Setting& setting) const {
    const Setting* const before = result_.settings.find("OnBuild");
    if (before == nullptr) return;
    if (!before->value.is_array() || !setting.value.is_array()) {
      setting.value = nullptr;
      return;
    }
    Json all = before->value;
    for (Json& trigger : setting.value) all.push_back(std::move(trigger));
    setting.value = std::move(all);
  }

  const ReplayInput& input_;
  Replayed result_;
  std::map<std::string, Variable> arguments_;
};

}  // namespace

Replayed replay(const ReplayInput& input) {
  return Replay(input).run();
}

}  // namespace imgops
