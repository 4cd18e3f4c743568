#include "tools/imgops/config_outcome.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/config_diff.hpp"
#include "tools/imgops/diff_screen.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace imgops::cli {
namespace {

std::optional<Json> author_of(const Image& image) {
  const Json* const author = find_field(image.configuration_json(), "author");
  return author == nullptr ? std::nullopt : std::optional(*author);
}

std::vector<ConfigChange> changes_of(const PlatformOutcome& outcome) {
  std::vector<ConfigChange> changes = compare_settings(outcome.before, outcome.after);
  ConfigChange author{"author", author_of(outcome.before), author_of(outcome.after)};
  if (author.before != author.after) changes.push_back(std::move(author));
  return changes;
}

Json value_json(const std::optional<Json>& value) {
  return value ? *value : Json();
}

Json config_of(const Image& image) {
  const Json* const config = find_field(image.configuration_json(), "config");
  return config == nullptr ? Json() : *config;
}

Json outcome_json(const PlatformOutcome& outcome) {
  Json json = Json::object();
  json["platform"] = outcome.before.platform().to_string();
  json["from"] = outcome.before.descriptor().digest().to_string();
  json["to"] = outcome.after.descriptor().digest().to_string();
  json["before"] = config_of(outcome.before);
  json["after"] = config_of(outcome.after);
  json["changes"] = Json::array();
  for (const ConfigChange& change : changes_of(outcome)) {
    json["changes"].push_back({{"key", change.key},
                               {"before", value_json(change.before)},
                               {"after", value_json(change.after)}});
  }
  return json;
}

}  // namespace

void tell_settings(Context& context, std::string_view name,
                   const std::vector<PlatformOutcome>& outcomes) {
  for (const PlatformOutcome& outcome : outcomes) {
    std::string label = printable(name);
    if (outcomes.size() > 1) label += " " + printable(outcome.before.platform().to_string());
    if (!outcome.changed()) {
      context.say(fmt::format("{}  nothing to do", label));
      continue;
    }
    const std::vector<ConfigChange> changes = changes_of(outcome);
    std::vector<std::string> keys;
    for (const ConfigChange& change : changes) keys.push_back(printable(change.key));
    context.say(fmt::format("{}  {} changed: {}", label, counted(keys.size(), "setting"),
                            fmt::join(keys, ", ")));
    std::string text = settings_text(context, changes);
    if (!text.empty()) text.pop_back();
    if (!text.empty()) context.say_more(text);
  }
}

Json settings_json(const Descriptor& from, const WrittenResult& result,
                   const std::vector<PlatformOutcome>& outcomes) {
  Json json = outcome_json(outcomes.front());
  json.erase("platform");
  json["from"] = from.digest().to_string();
  json["to"] = result.root.digest().to_string();
  json["changed"] = !(from == result.root);
  if (outcomes.size() == 1) return json;
  json["platforms"] = Json::array();
  for (const PlatformOutcome& outcome : outcomes)
    json["platforms"].push_back(outcome_json(outcome));
  return json;
}

}  // namespace imgops::cli
