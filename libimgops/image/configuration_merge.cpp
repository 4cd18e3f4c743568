// Each side is taken apart into settings, the three values of each are judged, and what theirs won
// is written into ours' own value in one walk, so that everything else stays as it is spelled
// there, duplicates and blank values included.
#include "libimgops/image/configuration_merge.hpp"

#include "libimgops/image/image_edit.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view environment = "Env";
constexpr std::array<std::string_view, 3> maps = {"ExposedPorts", "Volumes", "Labels"};
constexpr std::string_view parent_image =
    "Image";  // the classic builder's name for the step before
constexpr std::string_view host_name = "Hostname";  // of the container it ran in

struct Name {
  std::string group;                // key of "config"
  std::optional<std::string> part;  // variable, port, volume or label; nullopt: the whole group
  std::string text() const { return part ? group + "." + *part : group; }
  friend auto operator<=>(const Name&, const Name&) = default;
};

// The settings of one side.
struct Side {
  std::map<Name, Json> values;
  std::vector<Name> order;  // as the document has them, each once

  void set(Name name, Json value) {
    const auto [place, is_new] = values.insert_or_assign(std::move(name), std::move(value));
    if (is_new) order.push_back(place->first);
  }
  const Json* find(const Name& name) const {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  }
};

// What theirs won: a value, or nullopt where it removed the setting.
using Taken = std::map<Name, std::optional<Json>>;

bool is_map(std::string_view group) {
  return std::ranges::find(maps, group) != maps.end();
}

// Docker spells "not set" as the zero value of the type.
bool is_blank(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  if (value.is_boolean()) return !value.get<bool>();
  return value.is_null() || (value.is_structured() && value.empty());
}

const Json& config_of(const Image& image) {
  static const Json none = Json::object();
  const Json* const config = find_field(image.configuration_json(), "config");
  return config != nullptr && config->is_object() ? *config : none;
}

// Whether a group can be taken apart.
bool has_parts(std::string_view group, const Json& value) {
  if (is_map(group)) return value.is_object();
  return group == environment && value.is_array() &&
         std::ranges::all_of(value, [](const Json& item) { return item.is_string(); });
}

// Groups with parts that some side spells in a way of its own: there they are one value.
std::set<std::string> whole_groups(std::initializer_list<const Json*> configs) {
  std::set<std::string> result;
  for (const Json* const config : configs) {
    for (const auto& [group, value] : config->items()) {
      if (group != environment && !is_map(group)) continue;
      if (!is_blank(value) && !has_parts(group, value)) result.insert(group);
    }
  }
  return result;
}

std::string variable_name(const Json& item) {
  const auto& text = item.get_ref<const std::string&>();
  return text.substr(0, text.find('='));
}

void add_variables(const Json& list, Side& side) {
  for (const Json& item : list) {
    const auto& text = item.get_ref<const std::string&>();
    const std::size_t equals = text.find('=');
    side.set({std::string(environment), text.substr(0, equals)},
             equals == std::string::npos ? "" : text.substr(equals + 1));
  }
}

Side side_of(const Json& config, const std::set<std::string>& whole) {
  Side side;
  for (const auto& [group, value] : config.items()) {
    if (is_blank(value) || group == parent_image || group == host_name) continue;
    if (whole.count(group) != 0 || !has_parts(group, value)) {
      side.set({group, std::nullopt}, value);
    } else if (group == environment) {
      add_variables(value, side);
    } else {
      for (const auto& [part, item] : value.items()) {
        side.set({group, part}, item.is_null() ? Json::object() : item);
      }
    }
  }
  return side;
}

bool is_same(const Json* left, const Json* right) {
  if (left == nullptr || right == nullptr) return left == right;
  // The order of keys in an object says nothing.
  return nlohmann::json(*left) == nlohmann::json(*right);
}

std::optional<std::string> shown(const Json* value) {
  if (value == nullptr) return std::nullopt;
  return value->is_string() ? value->get<std::string>() : print_json(*value);
}

ConflictKind kind_of(const Json* ours, const Json* theirs) {
  if (ours == nullptr || theirs == nullptr) return ConflictKind::deleted_changed;
  return ours->type() == theirs->type() ? ConflictKind::content : ConflictKind::type;
}

// Nullopt where nobody changed anything.
std::optional<Verdict> judge(const Json* base, const Json* ours, const Json* theirs) {
  const bool ours_changed = !is_same(base, ours);
  const bool theirs_changed = !is_same(base, theirs);
  if (!ours_changed && !theirs_changed) return std::nullopt;
  if (!ours_changed) return Verdict::take_new;
  if (!theirs_changed) return Verdict::keep_app;
  return is_same(ours, theirs) ? Verdict::same : Verdict::conflict;
}

std::string fold(std::string text) {
  for (char& character : text) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return text;
}

// Names of one object that differ only in the case of letters cannot stand in one document (J10).
class CaseTwins {
 public:
  void add(const Name& name) {
    if (name.group != environment) names_[fold(name.text())].insert(name);
  }
  void remove(const Name& name) {
    if (name.group != environment) names_[fold(name.text())].erase(name);
  }
  // Present names that `name` cannot stand beside.
  std::set<Name> of(const Name& name) const {
    const auto found = names_.find(fold(name.text()));
    if (name.group == environment || found == names_.end()) return {};
    std::set<Name> result = found->second;
    result.erase(name);
    return result;
  }

 private:
  std::map<std::string, std::set<Name>> names_;
};

class Judge {
 public:
  Judge(const Side& base, const Side& ours, const Side& theirs, MergePolicy policy,
        const SettingResolutions& resolutions)
      : base_(base), ours_(ours), theirs_(theirs), policy_(policy), resolutions_(resolutions) {
    for (const auto& [name, value] : ours.values) twins_.add(name);
  }

  // Removals first, so that a name may come back in another case.
  void judge_all() {
    for (const auto& [name, value] : base_.values) judge_one(name);
    for (const auto& [name, value] : ours_.values) {
      if (base_.find(name) == nullptr) judge_one(name);
    }
    for (const Name& name : theirs_.order) {
      if (base_.find(name) == nullptr && ours_.find(name) == nullptr) judge_one(name);
    }
    std::ranges::sort(verdicts, {}, &SettingVerdict::key);
  }

  std::vector<SettingVerdict> verdicts;
  Taken taken;

 private:
  void judge_one(const Name& name) {
    const Json* const ours = ours_.find(name);
    const Json* const theirs = theirs_.find(name);
    std::optional<Verdict> verdict = judge(base_.find(name), ours, theirs);
    if (!verdict) return;
    SettingVerdict result;
    result.key = name.text();
    result.base = shown(base_.find(name));
    result.ours = shown(ours);
    result.theirs = shown(theirs);
    const bool is_addition = *verdict == Verdict::take_new && theirs != nullptr;
    const std::set<Name> twins = is_addition ? twins_.of(name) : std::set<Name>();
    result.verdict = twins.empty() ? *verdict : Verdict::conflict;
    if (result.verdict == Verdict::conflict) {
      const auto found = resolutions_.find(result.key);
      result.settled = found == resolutions_.end() ? policy_ : found->second;
      result.kind = twins.empty() ? kind_of(ours, theirs) : ConflictKind::content;
    }
    if (result.verdict == Verdict::take_new || result.settled == MergePolicy::theirs) {
      take(name, theirs);
      for (const Name& twin : twins) take(twin, nullptr);
    }
    verdicts.push_back(std::move(result));
  }

  void take(const Name& name, const Json* value) {
    taken.insert_or_assign(name, value == nullptr ? std::optional<Json>() : *value);
    if (value == nullptr) {
      twins_.remove(name);
    } else {
      twins_.add(name);
    }
  }

  const Side& base_;
  const Side& ours_;
  const Side& theirs_;
  MergePolicy policy_;
  const SettingResolutions& resolutions_;
  CaseTwins twins_;
};

// Without the search for an equal key that an ordered object makes: it is known to be new.
void append(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

void append_part(Json& container, const Name& name, const Json& value) {
  if (name.group == environment) {
    container.push_back(*name.part + "=" + value.get<std::string>());
  } else {
    append(container, *name.part, value);
  }
}

// What theirs adds to each group, in theirs' order.
using Additions = std::map<std::string, std::vector<Name>, std::less<>>;

Additions additions(const Side& ours, const Side& theirs, const Taken& taken) {
  Additions result;
  for (const Name& name : theirs.order) {
    if (taken.count(name) != 0 && ours.find(name) == nullptr) result[name.group].push_back(name);
  }
  return result;
}

// A group with parts: ours' own, with what was taken in its place or left out, then what is added.
Json rewritten_parts(const std::string& group, const Json& own, const Taken& taken,
                     const Additions& added) {
  const bool is_list = group == environment;
  Json result = is_list ? Json::array() : Json::object();
  std::set<std::string> written;
  for (const auto& [key, item] : own.items()) {
    const Name name{group, is_list ? variable_name(item) : key};
    const auto found = taken.find(name);
    if (found != taken.end()) {
      const bool is_first = found->second && written.insert(*name.part).second;
      if (is_first) append_part(result, name, *found->second);
    } else if (is_list) {
      result.push_back(item);
    } else {
      append(result, key, item);
    }
  }
  if (const auto names = added.find(group); names != added.end()) {
    for (const Name& name : names->second) append_part(result, name, *taken.at(name));
  }
  return result;
}

// The value of a group after the merge; null where nothing is left of it.
Json rewritten_group(const std::string& group, const Json& own, const Taken& taken,
                     const Additions& added) {
  // The whole group comes before its parts.
  const auto first = taken.lower_bound({group, std::nullopt});
  if (first == taken.end() || first->first.group != group) return own;
  if (!first->first.part) return first->second.value_or(nullptr);
  Json parts = rewritten_parts(group, is_blank(own) ? Json() : own, taken, added);
  return parts.empty() ? Json() : parts;
}

Json rewritten(const Json& config, const Side& ours, const Side& theirs, const Taken& taken) {
  const Additions added = additions(ours, theirs, taken);
  Json result = Json::object();
  std::set<std::string, std::less<>> done = {std::string(parent_image)};
  for (const auto& [group, own] : config.items()) {
    if (!done.insert(group).second) continue;
    Json value = rewritten_group(group, own, taken, added);
    if (!value.is_null() || own.is_null()) append(result, group, std::move(value));
  }
  for (const Name& name : theirs.order) {
    if (added.count(name.group) == 0 || !done.insert(name.group).second) continue;
    append(result, name.group, rewritten_group(name.group, Json(), taken, added));
  }
  return result;
}

}  // namespace

bool is_open(const SettingVerdict& verdict) {
  return verdict.verdict == Verdict::conflict && verdict.settled == MergePolicy::fail;
}

MergedSettings merge_settings(const Image& base, const Image& ours, const Image& theirs,
                              MergePolicy policy, const SettingResolutions& resolutions) {
  const Json& own = config_of(ours);
  const auto whole = whole_groups({&config_of(base), &own, &config_of(theirs)});
  const Side base_side = side_of(config_of(base), whole);
  const Side our_side = side_of(own, whole);
  const Side their_side = side_of(config_of(theirs), whole);
  Judge judge(base_side, our_side, their_side, policy, resolutions);
  judge.judge_all();
  MergedSettings result{nullptr, std::move(judge.verdicts)};
  if (!judge.taken.empty()) {
    result.config = rewritten(own, our_side, their_side, judge.taken);
  } else if (const Json* const config = find_field(ours.configuration_json(), "config")) {
    result.config = *config;
  }
  return result;
}

Image with_config(const Image& image, const Json& config) {
  return edit_configuration(image, [&config](Json& configuration) {
    const Json* const present = find_field(configuration, "config");
    if (present == nullptr && config.is_null()) return;
    configuration["config"] = config;
  });
}

}  // namespace imgops
