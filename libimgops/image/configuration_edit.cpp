#include "libimgops/image/configuration_edit.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/image/image_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace imgops {
namespace {

constexpr std::array<std::string_view, 3> texts = {"User", "WorkingDir", "StopSignal"};
constexpr std::array<std::string_view, 4> lists = {"Entrypoint", "Cmd", "Shell", "OnBuild"};
constexpr std::array<std::string_view, 2> sets = {"ExposedPorts", "Volumes"};
constexpr std::string_view digits = "0123456789";

[[noreturn]] void refuse(std::string_view setting, std::string_view value,
                         std::string_view problem) {
  throw Error(ErrorKind::invalid_argument,
              fmt::format("{} \"{}\": {}", setting, printable(value), problem));
}

void check_text(std::string_view setting, const std::string& text) {
  if (!is_utf8(text)) refuse(setting, text, "not UTF-8");
  if (text.find('\0') != std::string::npos) refuse(setting, text, "has a NUL byte");
}

bool is_number(std::string_view text, std::size_t most_digits) {
  return !text.empty() && text.size() <= most_digits &&
         text.find_first_not_of(digits) == std::string_view::npos;
}

// "80", "80/udp", "8000-8010/tcp": as Docker reads them, with the protocol it adds.
std::string port_of(const std::string& word) {
  const std::size_t slash = word.find('/');
  const std::string_view range = std::string_view(word).substr(0, slash);
  const std::string protocol = slash == std::string::npos ? "tcp" : word.substr(slash + 1);
  const std::size_t dash = range.find('-');
  const auto is_port = [](std::string_view text) {
    return is_number(text, 5) && std::stoul(std::string(text)) <= 65535;
  };
  const bool is_range = dash == std::string_view::npos
                            ? is_port(range)
                            : is_port(range.substr(0, dash)) && is_port(range.substr(dash + 1));
  if (!is_range || (protocol != "tcp" && protocol != "udp" && protocol != "sctp")) {
    refuse("ExposedPorts", word, "is no PORT, PORT/udp or FIRST-LAST/tcp");
  }
  return std::string(range) + "/" + protocol;
}

bool is_absolute(std::string_view path) {
  const bool has_drive = path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
  return path.starts_with('/') || has_drive;
}

void check_absolute(std::string_view setting, const std::string& path) {
  check_text(setting, path);
  if (!is_absolute(path)) refuse(setting, path, "not an absolute path");
}

void check_signal(const std::string& text) {
  const bool is_name =
      text.starts_with("SIG") && text.size() > 3 &&
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ+-0123456789", 3) == std::string::npos;
  if (!is_name && !is_number(text, 3)) refuse("StopSignal", text, "is no signal, as SIGTERM or 15");
}

void check_name(std::string_view setting, const std::string& name) {
  check_text(setting, name);
  if (name.empty()) refuse(setting, name, "has no name");
}

bool is_blank(const Json* value) {
  return value == nullptr || value->is_null() || (value->is_structured() && value->empty()) ||
         *value == "";
}

// The settings of one image while they are changed. What is not set stays as it is spelled.
class Editor {
 public:
  explicit Editor(const Json* config) : config_(config == nullptr ? Json::object() : *config) {
    if (!config_.is_object()) config_ = Json::object();
  }

  void text(const char* key, const std::optional<std::string>& value) {
    if (!value) return;
    check_text(key, *value);
    put(key, *value);
  }

  void list(const char* key, const std::optional<std::vector<std::string>>& words) {
    if (!words) return;
    for (const std::string& word : *words) check_text(key, word);
    put(key, *words);
  }

  void variables(const SettingsEdit& edit) {
    if (edit.environment.empty() && edit.environment_removed.empty()) return;
    Json list = taken("Env", Json::array());
    const auto is_named = [](const std::string& name) {
      return [&name](const Json& item) {
        return item.is_string() &&
               (item == name || item.get_ref<const std::string&>().starts_with(name + "="));
      };
    };
    for (const std::string& name : edit.environment_removed) {
      const auto gone = std::remove_if(list.begin(), list.end(), is_named(name));
      list.erase(gone, list.end());
    }
    for (const auto& [name, value] : edit.environment) {
      check_name("Env", name);
      check_text("Env", value);
      if (name.find('=') != std::string::npos) refuse("Env", name, "has = in its name");
      const auto found = std::find_if(list.begin(), list.end(), is_named(name));
      if (found == list.end()) {
        list.push_back(name + "=" + value);
      } else {
        *found = name + "=" + value;
        // Of a variable given twice the last one counts, so no other may stay.
        list.erase(std::remove_if(found + 1, list.end(), is_named(name)), list.end());
      }
    }
    put_back("Env", std::move(list));
  }

  void labels(const SettingsEdit& edit) {
    if (edit.labels.empty() && edit.labels_removed.empty()) return;
    Json object = taken("Labels", Json::object());
    for (const std::string& name : edit.labels_removed) object.erase(name);
    for (const auto& [name, value] : edit.labels) {
      check_name("Labels", name);
      check_text("Labels", value);
      object[name] = value;
    }
    put_back("Labels", std::move(object));
  }

  void set(const char* key, const std::vector<std::string>& added,
           const std::vector<std::string>& removed) {
    if (added.empty() && removed.empty()) return;
    Json object = taken(key, Json::object());
    for (const std::string& name : removed) object.erase(name);
    for (const std::string& name : added) {
      if (!object.contains(name)) object[name] = Json::object();
    }
    put_back(key, std::move(object));
  }

  void put(const char* key, const Json& value) {
    if (!is_blank(&value)) {
      config_[key] = value;
    } else if (!is_blank(find_field(config_, key))) {
      config_.erase(key);
    }
  }

  const Json& config() const { return config_; }

 private:
  Json taken(const char* key, const Json& empty) const {
    const Json* const value = find_field(config_, key);
    if (value == nullptr) return empty;
    if (value->type() == empty.type()) return *value;
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: the image has it in another form than the specification", key));
  }
  void put_back(const char* key, Json value) {
    const Json* const present = find_field(config_, key);
    if (present == nullptr || *present != value) put(key, value);
  }

  Json config_;
};

std::vector<std::string> ports_of(const std::vector<std::string>& words) {
  std::vector<std::string> ports;
  for (const std::string& word : words) ports.push_back(port_of(word));
  return ports;
}

// As given, too: an image may have a port without its protocol.
std::vector<std::string> removed_ports(const std::vector<std::string>& words) {
  std::vector<std::string> ports = ports_of(words);
  ports.insert(ports.end(), words.begin(), words.end());
  return ports;
}

void check_case(const Json& object, std::string_view setting) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) {
    names.push_back(name);
    for (char& character : names.back()) {
      if (character >= 'A' && character <= 'Z') {
        character = static_cast<char>(character - 'A' + 'a');
      }
    }
  }
  std::ranges::sort(names);
  const auto twin = std::ranges::adjacent_find(names);
  if (twin != names.end()) refuse(setting, *twin, "is there in two cases of letters");
}

// Names of one object that differ in case only make the document unreadable (J10).
void check_cases(const Json& config) {
  for (const auto* const key : {"Labels", "Volumes", "ExposedPorts"}) {
    const Json* const object = find_field(config, key);
    if (object != nullptr) check_case(*object, key);
  }
}

void check_type(const Json& config, std::string_view key, bool is_right, std::string_view wanted) {
  if (find_field(config, key) == nullptr || is_right) return;
  throw Error(ErrorKind::invalid_argument, fmt::format("{}: is not {}", key, wanted));
}

bool is_list_of_text(const Json& value) {
  return value.is_array() &&
         std::ranges::all_of(value, [](const Json& item) { return item.is_string(); });
}

void check_config(const Json& config) {
  if (config.is_null()) return;
  if (!config.is_object()) {
    throw Error(ErrorKind::invalid_argument, "settings: not an object");
  }
  const auto value_of = [&](std::string_view key) {
    const Json* const value = find_field(config, key);
    return value == nullptr ? Json() : *value;
  };
  for (const std::string_view key : texts) {
    check_type(config, key, value_of(key).is_string(), "a text");
  }
  for (const std::string_view key : lists) {
    check_type(config, key, is_list_of_text(value_of(key)), "a list of texts");
  }
  check_type(config, "Env", is_list_of_text(value_of("Env")), "a list of NAME=VALUE");
  for (const std::string_view key : sets) {
    check_type(config, key, value_of(key).is_object(), "an object");
  }
  const Json labels = value_of("Labels");
  const bool are_texts = std::all_of(labels.begin(), labels.end(),
                                     [](const Json& value) { return value.is_string(); });
  check_type(config, "Labels", labels.is_object() && are_texts, "an object of texts");
  check_type(config, "Healthcheck", value_of("Healthcheck").is_object(), "an object");
}

}  // namespace

Image edit_settings(const Image& image, const SettingsEdit& edit) {
  Editor editor(find_field(image.configuration_json(), "config"));
  editor.list("Entrypoint", edit.entrypoint);
  editor.list("Cmd", edit.command);
  editor.list("Shell", edit.shell);
  editor.list("OnBuild", edit.triggers);
  editor.text("User", edit.user);
  if (edit.working_directory && !edit.working_directory->empty()) {
    check_absolute("WorkingDir", *edit.working_directory);
  }
  editor.text("WorkingDir", edit.working_directory);
  if (edit.stop_signal && !edit.stop_signal->empty()) check_signal(*edit.stop_signal);
  editor.text("StopSignal", edit.stop_signal);
  editor.variables(edit);
  editor.labels(edit);
  editor.set("ExposedPorts", ports_of(edit.ports), removed_ports(edit.ports_removed));
  for (const std::string& path : edit.volumes) check_absolute("Volumes", path);
  editor.set("Volumes", edit.volumes, edit.volumes_removed);
  if (edit.healthcheck) editor.put("Healthcheck", *edit.healthcheck);
  if (edit.author) check_text("author", *edit.author);
  check_cases(editor.config());
  const bool is_none = editor.config().empty();
  const bool was_none = is_blank(find_field(image.configuration_json(), "config"));
  const Image result = is_none && was_none ? image : with_config(image, editor.config());
  if (!edit.author) return result;
  return edit_configuration(result, [&](Json& configuration) {
    const bool is_there = !is_blank(find_field(configuration, "author"));
    if (!edit.author->empty()) {
      configuration["author"] = *edit.author;
    } else if (is_there) {
      configuration.erase("author");
    }
  });
}

Image replace_settings(const Image& image, const Json& config) {
  check_config(config);
  return with_config(image, config);
}

}  // namespace imgops
