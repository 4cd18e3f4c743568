#include "tools/imgops/config_options.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/editor.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// As parse_json(), but what the user typed wrongly is no corrupt data.
Json parse_words(std::string_view text, const std::string& subject) {
  try {
    return parse_json(text, subject);
  } catch (const Error& error) {
    throw Error(ErrorKind::invalid_argument, error.what());
  }
}

std::optional<std::vector<std::string>> list_option(const Options& options, std::string_view name) {
  const auto text = options.text(name);
  if (!text) return std::nullopt;
  const std::string subject = fmt::format("--{}", name);
  const Json json = text->starts_with('[') ? parse_words(*text, subject) : Json();
  std::vector<std::string> words;
  bool is_list = json.is_array();
  for (const Json& word : json) {
    if (is_list && word.is_string()) {
      words.push_back(word.get<std::string>());
    } else {
      is_list = false;
    }
  }
  if (is_list) return words;
  throw Error(ErrorKind::invalid_argument,
              fmt::format("{}: '{}' is no list of texts", subject, printable(*text)),
              R"(as '["sh","-c","echo hello"]'; '[]' takes it away)");
}

SettingsEdit::Pairs pairs_option(const Options& options, std::string_view name) {
  SettingsEdit::Pairs pairs;
  for (const std::string& word : options.list(name)) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("--{}: '{}' is not KEY=VALUE", name, printable(word)));
    }
    pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return pairs;
}

std::optional<Json> healthcheck_option(const Options& options) {
  const auto text = options.text("healthcheck");
  if (!text) return std::nullopt;
  if (*text == "none") return Json{{"Test", Json::array({"NONE"})}};
  if (!text->starts_with('{')) {
    const Json words = *list_option(options, "healthcheck");
    return words.empty() ? Json() : Json{{"Test", words}};
  }
  return parse_words(*text, "--healthcheck");
}

}  // namespace

void declare_config_options(Declarations& declarations) {
  declarations.value("entrypoint", "JSON", "a list of texts; '[]' takes it away")
      .value("cmd", "JSON", "a list of texts; '[]' takes it away")
      .value("shell", "JSON", "a list of texts; '[]' takes it away")
      .value("onbuild", "JSON", "a list of texts; '[]' takes it away")
      .list("env,e", "K=V", "set a variable; may be repeated")
      .list("env-rm", "K", "remove a variable; may be repeated")
      .list("label,l", "K=V", "set a label; may be repeated")
      .list("label-rm", "K", "remove a label; may be repeated")
      .value("user,u", "USER", "name or number, with :GROUP; '' takes it away")
      .value("workdir,w", "PATH", "absolute; '' takes it away")
      .list("expose", "PORT", "80, 53/udp, 8000-8010/tcp; may be repeated")
      .list("expose-rm", "PORT", "remove a port; may be repeated")
      .list("volume", "PATH", "absolute; may be repeated")
      .list("volume-rm", "PATH", "remove a volume; may be repeated")
      .value("stop-signal", "SIGNAL", "SIGTERM or 15; '' takes it away")
      .value("healthcheck", "JSON",
             "'none', a test as a list, or the whole object; '[]' takes it away")
      .value("author", "TEXT", "who is behind the image; '' takes it away")
      .flag("edit", "open all settings in $VISUAL or $EDITOR");
}

SettingsEdit settings_edit(const Options& options) {
  SettingsEdit edit;
  edit.entrypoint = list_option(options, "entrypoint");
  edit.command = list_option(options, "cmd");
  edit.shell = list_option(options, "shell");
  edit.triggers = list_option(options, "onbuild");
  edit.environment = pairs_option(options, "env");
  edit.environment_removed = options.list("env-rm");
  edit.labels = pairs_option(options, "label");
  edit.labels_removed = options.list("label-rm");
  edit.ports = options.list("expose");
  edit.ports_removed = options.list("expose-rm");
  edit.volumes = options.list("volume");
  edit.volumes_removed = options.list("volume-rm");
  edit.user = options.text("user");
  edit.working_directory = options.text("workdir");
  edit.stop_signal = options.text("stop-signal");
  edit.healthcheck = healthcheck_option(options);
  edit.author = options.text("author");
  return edit;
}

Image SettingsEditor::edit(const Image& image) {
  const Json* const config = find_field(image.configuration_json(), "config");
  const Json before = config == nullptr ? Json::object() : *config;
  const std::string text = before.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  auto found = edited_.find(text);
  if (found == edited_.end()) {
    found = edited_.emplace(text, edit_text(context_, "config.json", text)).first;
  }
  const std::string& after = found->second;
  if (after == text || after.find_first_not_of(" \t\r\n") == std::string::npos) return image;
  const Json edited = parse_words(after, "edited settings");
  return edited == before ? image : replace_settings(image, edited);
}

}  // namespace imgops::cli
