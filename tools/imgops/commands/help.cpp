// imgops help: a command's page, or the table of all.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/command_line.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

Json options_json(const Declarations& declarations) {
  Json options = Json::array();
  for (const OptionDeclaration& option : declarations.all_options()) {
    Json json = Json::object();
    json["name"] = option.name;
    if (option.letter != 0) json["letter"] = std::string(1, option.letter);
    if (!option.placeholder.empty()) json["value"] = option.placeholder;
    json["repeats"] = option.repeats;
    json["help"] = option.help;
    options.push_back(std::move(json));
  }
  return options;
}

Json command_json(const Command& command) {
  Json json = Json::object();
  json["name"] = command.name;
  if (!command.alias.empty()) json["alias"] = command.alias;
  json["group"] = title(command.group);
  json["synopsis"] = command.synopsis;
  json["summary"] = command.summary;
  json["options"] = options_json(local_declarations(command));
  return json;
}

}  // namespace

void declare_help(Declarations& declarations) {
  declarations.operand("COMMAND").flag("all", "every command's page");
}

int run_help(const Options& options, Context& context) {
  const auto word = options.text("COMMAND");
  const Command* const wanted = word ? find_command(*word) : nullptr;
  if (word && wanted == nullptr) {
    throw Error(ErrorKind::invalid_argument, fmt::format("no command '{}'", printable(*word)),
                "'imgops help' lists them");
  }
  if (context.wants_json()) {
    Json body = Json::object();
    body["commands"] = Json::array();
    for (const Command& command : commands()) {
      if (wanted == nullptr || wanted == &command)
        body["commands"].push_back(command_json(command));
    }
    if (wanted == nullptr) body["globals"] = options_json(global_declarations());
    print_document(context, "help", body, "commands");
    return 0;
  }
  context.start_pager();
  if (wanted != nullptr) {
    context.output().text(help_page(*wanted));
  } else if (options.flag("all")) {
    for (const Command& command : commands()) context.output().text(help_page(command) + "\n");
  } else {
    context.output().text(help_overview());
  }
  return 0;
}

}  // namespace imgops::cli
