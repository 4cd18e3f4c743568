#include "tools/imgops/completion.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/command_line.hpp"
#include "tools/imgops/completion_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace imgops::cli {
namespace {

// The walk of split_command_line() and of the parser behind it, forgiving.
class Walk {
 public:
  Position run(std::span<const std::string> words) {
    for (const std::string& word : words.first(words.size() - 1)) {
      step(word);
      if (is_lost_) return {};
    }
    finish(words.back());
    return std::move(position_);
  }

 private:
  const OptionDeclaration* find(std::string_view name, char letter) const {
    for (const Declarations* const group : {&global_declarations(), &local_}) {
      for (const OptionDeclaration& option : group->all_options()) {
        if (letter == 0 ? option.name == name : option.letter == letter) return &option;
      }
    }
    return nullptr;
  }

  void give(const OptionDeclaration& option, const std::string& value) {
    if (option.name == "layout") position_.layout = value;
  }

  void step(const std::string& word) {
    if (pending_ != nullptr) {
      give(*std::exchange(pending_, nullptr), word);
    } else if (!has_ended_ && word == "--") {
      has_ended_ = true;
    } else if (!has_ended_ && word.size() > 1 && word.front() == '-') {
      step_option(word);
    } else if (position_.command == nullptr) {
      position_.command = find_command(word);
      is_lost_ = position_.command == nullptr;
      if (!is_lost_) position_.command->declare(local_);
    } else {
      ++operands_;
    }
  }

  void step_option(const std::string& word) {
    if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const OptionDeclaration* const option = find(word.substr(2, equals - 2), 0);
      if (option == nullptr || option->placeholder.empty()) return;
      if (equals == std::string::npos) {
        pending_ = option;
      } else {
        give(*option, word.substr(equals + 1));
      }
      return;
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
      const OptionDeclaration* const option = find({}, word[at]);
      if (option == nullptr || option->placeholder.empty()) continue;
      if (at + 1 == word.size()) {
        pending_ = option;
      } else {
        give(*option, word.substr(at + 1));
      }
      return;
    }
  }

  void finish(const std::string& word) {
    position_.word = word;
    if (pending_ != nullptr) {
      value_of(pending_->placeholder);
    } else if (!has_ended_ && word.starts_with('-')) {
      finish_option(word);
    } else if (position_.command == nullptr) {
      position_.kind = Position::Kind::command;
    } else if (!local_.all_operands().empty()) {
      const auto& operands = local_.all_operands();
      const OperandDeclaration& last = operands.back();
      if (operands_ < operands.size()) {
        value_of(operands[operands_].name);
      } else if (last.repeats) {
        value_of(last.name);
      }
    }
  }

  void finish_option(const std::string& word) {
    position_.kind = Position::Kind::option;
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || !word.starts_with("--")) return;
    const OptionDeclaration* const option = find(word.substr(2, equals - 2), 0);
    position_.kind = Position::Kind::nothing;
    if (option == nullptr || option->placeholder.empty()) return;
    position_.kept = word.substr(0, equals + 1);
    position_.word = word.substr(equals + 1);
    value_of(option->placeholder);
  }

  void value_of(const std::string& placeholder) {
    position_.kind = Position::Kind::value;
    position_.placeholder = placeholder;
  }

  Position position_;
  Declarations local_;
  const OptionDeclaration* pending_ = nullptr;  // waits for its value
  std::size_t operands_ = 0;
  bool has_ended_ = false;  // "--" was there
  bool is_lost_ = false;    // no such command
};

std::set<std::string, std::less<>> words_of(std::string_view placeholder) {
  std::set<std::string, std::less<>> words;
  std::string word;
  for (const char character : placeholder) {
    const bool is_letter = character >= 'A' && character <= 'Z';
    if (is_letter) word += character;
    if (!is_letter && !word.empty()) words.insert(std::exchange(word, {}));
  }
  if (!word.empty()) words.insert(std::move(word));
  return words;
}

bool has_any(const std::set<std::string, std::less<>>& words,
             std::initializer_list<std::string_view> wanted) {
  return std::ranges::any_of(wanted, [&](std::string_view word) { return words.contains(word); });
}

void add(Completion& completion, const Position& position, std::string_view word,
         std::string_view description) {
  if (!word.starts_with(position.word)) return;
  completion.candidates.push_back({position.kept + std::string(word), printable(description)});
}

void add_commands(Completion& completion, const Position& position) {
  for (const Command& command : commands()) {
    add(completion, position, command.name, command.summary);
    if (!command.alias.empty()) add(completion, position, command.alias, command.summary);
  }
}

void add_options(Completion& completion, const Position& position) {
  Declarations local;
  if (position.command != nullptr) position.command->declare(local);
  for (const Declarations* const group : {&std::as_const(local), &global_declarations()}) {
    for (const OptionDeclaration& option : group->all_options()) {
      add(completion, position, "--" + option.name, option.help);
    }
  }
}

// "auto|always|never": the placeholder lists the words itself.
void add_choices(Completion& completion, const Position& position) {
  std::string_view rest = position.placeholder;
  while (true) {
    const std::size_t bar = rest.find('|');
    add(completion, position, rest.substr(0, bar), "");
    if (bar == std::string_view::npos) return;
    rest.remove_prefix(bar + 1);
  }
}

bool lists_choices(std::string_view placeholder) {
  return placeholder.find('|') != std::string_view::npos &&
         std::ranges::none_of(placeholder,
                              [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

void add_values(Completion& completion, const Position& position) {
  if (lists_choices(position.placeholder)) {
    add_choices(completion, position);
    completion.directives |= directive_no_files;
    return;
  }
  const auto words = words_of(position.placeholder);
  if (has_any(words, {"COMMAND"})) {
    add_commands(completion, position);
    completion.directives |= directive_no_files;
  } else if (has_any(words, {"IMAGE", "REV", "RANGE", "REF", "NEW", "OTHER", "A", "B", "PATTERN",
                             "TARGET"})) {
    add_images(completion, position);
  } else if (words == std::set<std::string, std::less<>>{"DIR"}) {
    completion.directives |= directive_directories;
  } else if (!has_any(words, {"DIR", "FILE", "TAR", "SOURCE", "DEST", "LAYOUT"})) {
    completion.directives |= directive_no_files;
  }
}

}  // namespace

Position position_of(std::span<const std::string> words) {
  return Walk().run(words);
}

Completion complete(std::span<const std::string> words) {
  Completion completion;
  const Position position = position_of(words);
  switch (position.kind) {
    case Position::Kind::nothing:
      completion.directives = directive_no_files;
      break;
    case Position::Kind::command:
      add_commands(completion, position);
      completion.directives = directive_no_files;
      break;
    case Position::Kind::option:
      add_options(completion, position);
      completion.directives = directive_no_files;
      break;
    case Position::Kind::value:
      add_values(completion, position);
      break;
  }
  return completion;
}

std::string to_text(const Completion& completion) {
  std::string text;
  for (const Candidate& candidate : completion.candidates) {
    text += candidate.word;
    if (!candidate.description.empty()) text += "\t" + candidate.description;
    text += "\n";
  }
  return text + fmt::format(":{}\n", completion.directives);
}

}  // namespace imgops::cli
