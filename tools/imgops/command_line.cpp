// The walk: words up to the first one that is no global option are globals, that word is the
// command, the rest are globals and the command's own. The walk must know which globals take a
// value. Each stretch is parsed strictly, without guessing; only Boost's parser is used, not its
// store, so that repeated switches and -vv need no special case.
#include "tools/imgops/command_line.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace imgops::cli {
namespace {

namespace po = boost::program_options;

const OptionDeclaration* find_long(const Declarations& declarations, std::string_view name) {
  const auto& all = declarations.all_options();
  const auto found = std::ranges::find(all, name, &OptionDeclaration::name);
  return found == all.end() ? nullptr : &*found;
}

const OptionDeclaration* find_short(const Declarations& declarations, char letter) {
  const auto& all = declarations.all_options();
  const auto found = std::ranges::find(all, letter, &OptionDeclaration::letter);
  return found == all.end() ? nullptr : &*found;
}

// Whether the word after the option `word` is its value.
bool takes_next_word(std::string_view word) {
  if (word.starts_with("--")) {
    const OptionDeclaration* const option = find_long(global_declarations(), word.substr(2));
    return option != nullptr && !option->placeholder.empty();
  }
  for (std::size_t at = 1; at < word.size(); ++at) {
    const OptionDeclaration* const option = find_short(global_declarations(), word[at]);
    if (option != nullptr && !option->placeholder.empty()) return at + 1 == word.size();
  }
  return false;
}

std::string spelling(const OptionDeclaration& option) {
  return option.letter == 0 ? option.name : fmt::format("{},{}", option.name, option.letter);
}

void describe(const Declarations& declarations, po::options_description& description) {
  for (const OptionDeclaration& option : declarations.all_options()) {
    if (option.placeholder.empty()) {
      description.add_options()(spelling(option).c_str(), option.help.c_str());
    } else {
      description.add_options()(spelling(option).c_str(), po::value<std::string>(),
                                option.help.c_str());
    }
  }
}

std::vector<std::string> option_names(std::span<const Declarations* const> groups) {
  std::vector<std::string> names;
  for (const Declarations* const group : groups) {
    for (const OptionDeclaration& option : group->all_options()) names.push_back(option.name);
  }
  return names;
}

[[noreturn]] void unknown_option(std::string_view name,
                                 std::span<const Declarations* const> groups) {
  const std::string bare(name.substr(std::min(name.find_first_not_of('-'), name.size())));
  const std::string near = nearest(bare, option_names(groups));
  throw Error(ErrorKind::invalid_argument, fmt::format("unknown option {}", printable(name)),
              near.empty() ? "" : fmt::format("did you mean --{}?", near));
}

po::parsed_options parse_words(const std::vector<std::string>& words,
                               std::span<const Declarations* const> groups,
                               const std::vector<OperandDeclaration>& operands) {
  po::options_description description;
  for (const Declarations* const group : groups) describe(*group, description);
  po::positional_options_description positional;
  for (const OperandDeclaration& operand : operands) {
    positional.add(operand.name.c_str(), operand.repeats ? -1 : 1);
  }
  const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    return po::command_line_parser(words)
        .options(description)
        .positional(positional)
        .style(style)
        .run();
  } catch (const po::unknown_option& error) {
    unknown_option(error.get_option_name(), groups);
  } catch (const po::too_many_positional_options_error&) {
    throw Error(ErrorKind::invalid_argument, "more operands than the command takes");
  } catch (const po::invalid_command_line_syntax& error) {
    const std::string name = error.get_option_name();
    throw Error(ErrorKind::invalid_argument,
                error.kind() == po::invalid_syntax::extra_parameter
                    ? fmt::format("{} takes no value", printable(name))
                    : fmt::format("{} needs a value", printable(name)));
  } catch (const po::error& error) {
    throw Error(ErrorKind::invalid_argument, printable(error.what()));
  }
}

void collect(const po::parsed_options& parsed, Options& options) {
  for (const auto& option : parsed.options) options.add(option.string_key, option.value);
}

// Whether an operand of that name is a revision: "IMAGE", "IMAGE:/PATH", "REV", A and B of diff.
bool is_revision(std::string_view operand) {
  const std::string_view first = operand.substr(0, operand.find_first_of("|:"));
  return first == "IMAGE" || first == "REV" || first == "A" || first == "B";
}

std::string option_line(const OptionDeclaration& option) {
  const std::string letter = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
  const std::string name = option.placeholder.empty()
                               ? option.name
                               : fmt::format("{} {}", option.name, option.placeholder);
  return fmt::format("  {}--{:<30} {}\n", letter, name, option.help);
}

std::string option_block(std::string_view heading, const Declarations& declarations) {
  if (declarations.all_options().empty()) return {};
  std::string text = fmt::format("\n{}:\n", heading);
  for (const OptionDeclaration& option : declarations.all_options()) text += option_line(option);
  return text;
}

}  // namespace

const Declarations& global_declarations() {
  static const Declarations globals = [] {
    Declarations declared;
    declared.value("layout,L", "DIR", "the layout short names are looked up in")
        .flag("quiet,q", "no progress and no summaries")
        .flag("verbose,v", "more talk on stderr; may be repeated")
        .flag("json", "one JSON document on stdout")
        .value("format", "FORMAT", "table, json, jsonl (an object a row) or a template")
        .flag("no-trunc", "never shorten a column")
        .value("human", "yes|no", "no: sizes in bytes")
        .value("color", "auto|always|never", "colours in the output")
        .value("progress", "auto|plain|json|none", "how progress is told")
        .value("platform", "OS/ARCH[/VARIANT]", "of an index, this platform only")
        .value("jobs,j", "N", "threads")
        .value("tmpdir", "DIR", "where large temporary files go")
        .flag("strict", "a warning is an error: status 6, no name moves")
        .flag("help,h", "what the command does and takes");
    return declared;
  }();
  return globals;
}

Declarations local_declarations(const Command& command) {
  Declarations declared;
  command.declare(declared);
  const auto& operands = declared.all_operands();
  if (std::ranges::any_of(operands, is_revision, &OperandDeclaration::name)) {
    declared.value("at-step", "K", "only up to history step K: IMAGE#K")
        .value("at-layer", "HEX", "only up to that layer: IMAGE^{layer:HEX}");
  }
  return declared;
}

CommandLine split_command_line(std::span<const std::string> words) {
  CommandLine line;
  std::size_t at = 0;
  while (at < words.size() && words[at].size() > 1 && words[at].front() == '-' &&
         words[at] != "--") {
    const std::size_t taken = takes_next_word(words[at]) ? 2 : 1;
    for (std::size_t end = std::min(at + taken, words.size()); at < end; ++at) {
      line.before.push_back(words[at]);
    }
  }
  if (at < words.size() && words[at] == "--") ++at;
  if (at == words.size()) return line;
  line.command = find_command(words[at]);
  if (line.command == nullptr) {
    std::vector<std::string> names;
    for (const Command& command : commands()) {
      names.emplace_back(command.name);
      if (!command.alias.empty()) names.emplace_back(command.alias);
    }
    const std::string near = nearest(words[at], names);
    throw Error(ErrorKind::invalid_argument,
                fmt::format("unknown command '{}'", printable(words[at])),
                near.empty() ? "'imgops help' lists the commands"
                             : fmt::format("did you mean '{}'?", near));
  }
  const auto rest = words.subspan(at + 1);
  line.after.assign(rest.begin(), rest.end());
  return line;
}

Options parse_options(const CommandLine& line) {
  Options options;
  const Declarations* const globals = &global_declarations();
  collect(parse_words(line.before, std::span(&globals, 1), {}), options);
  if (line.command == nullptr) return options;
  const Declarations local = local_declarations(*line.command);
  const std::vector<const Declarations*> groups = {globals, &local};
  collect(parse_words(line.after, groups, local.all_operands()), options);
  return options;
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  std::string best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  const std::size_t allowed = std::max<std::size_t>(1, word.size() / 3);
  return best_distance <= allowed ? best : std::string();
}

std::string help_page(const Command& command) {
  const Declarations local = local_declarations(command);
  std::string text = fmt::format("imgops {} — {}\n\nusage: imgops {}\n", command.name,
                                 command.summary, command.synopsis);
  if (!command.alias.empty()) text += fmt::format("alias: imgops {}\n", command.alias);
  text += option_block("options", local);
  text += option_block("global options", global_declarations());
  return text;
}

std::string help_overview() {
  std::string text = "usage: imgops [OPTION…] COMMAND [ARGUMENT…]\n";
  for (const Group group :
       {Group::look, Group::names, Group::rewrite, Group::move, Group::care, Group::about}) {
    text += fmt::format("\n{}:\n", title(group));
    for (const Command& command : commands()) {
      if (command.group != group) continue;
      text += fmt::format("  {:<11} {}\n", command.name, command.summary);
    }
  }
  return text + "\n'imgops help COMMAND' tells more; 'imgops help --all' shows every page.\n";
}

}  // namespace imgops::cli
