// Values are built by callbacks of our own, which check keys on the way: nlohmann keeps the last of
// two equal keys, and another reader the first; and to find that out it compares each key of an
// object with all before it, which takes minutes for an object of half a million keys.
#include "libimgops/base/json.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <vector>

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace imgops {
namespace {

constexpr std::size_t nesting_limit = 64;

std::string fold(std::string_view key) {
  std::string result(key);
  std::transform(result.begin(), result.end(), result.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
  });
  return result;
}

// The keys of one object, folded. Most objects have a few, for which a list is the fastest set.
class Keys {
 public:
  bool insert(std::string key) {
    if (!many_.empty()) return many_.insert(std::move(key)).second;
    if (std::ranges::find(few_, key) != few_.end()) return false;
    few_.push_back(std::move(key));
    if (few_.size() >= few_limit) many_.insert(few_.begin(), few_.end());
    return true;
  }

 private:
  static constexpr std::size_t few_limit = 16;
  std::vector<std::string> few_;
  std::set<std::string> many_;  // empty while few
};

// Receives the parser's events, builds the value, and stops at the first thing two readers could
// see differently, or at what would cost too much. What lies in a container is built in place;
// `open_` are the containers around the next value, and nothing is added to one while one inside it
// is open.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  std::string problem;
  bool about_keys = false;

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    const bool integer = text.find_first_of(".eE") == string_t::npos;
    if (integer) problem = "number out of range: " + text;
    return !integer && add(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // in no JSON text
  bool start_object(std::size_t) override { return enter(Json::object()); }
  bool key(string_t& key) override {
    if (!keys_.back().insert(fold(key))) {
      problem = "key \"" + printable(key) + "\" occurs twice";
      about_keys = true;
      return false;
    }
    // Not by operator[], which would look through all keys: that this one is new is known.
    auto& members = open_.back()->get_ref<Json::object_t&>();
    members.emplace_back(std::move(key), nullptr);
    member_ = &members.back().second;
    return true;
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(Json::array()); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem = "not JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  template <class Value>
  bool add(Value&& value) {
    if (!is_within_limit()) return false;
    place(Json(std::forward<Value>(value)));
    return true;
  }
  bool is_within_limit() {
    if (++values_ <= json_values_limit) return true;
    problem = "more than " + std::to_string(json_values_limit) + " values";
    return false;
  }
  Json* place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& elements = open_.back()->get_ref<Json::array_t&>();
      elements.push_back(std::move(value));
      return &elements.back();
    }
    *member_ = std::move(value);
    return member_;
  }
  bool enter(Json container) {
    if (!is_within_limit()) return false;
    open_.push_back(place(std::move(container)));
    keys_.emplace_back();
    if (open_.size() <= nesting_limit) return true;
    problem = "nested too deeply";
    return false;
  }
  bool leave() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;  // where the value behind the last key goes
  std::vector<Keys> keys_;
  std::size_t values_ = 0;
};

[[noreturn]] void fail(std::string_view subject, std::string_view what) {
  throw Error(ErrorKind::corrupt, std::string(subject) + ": " + std::string(what));
}

std::string quoted(std::string_view key) {
  return "\"" + printable(key) + "\"";
}

}  // namespace

Json parse_json(std::string_view text, std::string_view subject) {
  const auto reject_keys = [&](const std::string& problem) {
    return Error(reject(DiagnosticCode::json_keys, "J10", std::string(subject) + ": " + problem));
  };
  if (text.starts_with("\xEF\xBB\xBF")) throw reject_keys("byte order mark");
  Builder builder;
  if (!Json::sax_parse(text, &builder)) {
    if (builder.about_keys) throw reject_keys(builder.problem);
    fail(subject, builder.problem);
  }
  return builder.take();
}

std::string print_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* find_field(const Json& object, std::string_view key) {
  const auto position = object.find(std::string(key));
  if (position == object.end() || position->is_null()) return nullptr;
  return &*position;
}

const Json& field(const Json& object, std::string_view key, std::string_view subject) {
  if (const Json* value = find_field(object, key)) return *value;
  fail(subject, quoted(key) + " is missing");
}

std::string string_field(const Json& object, std::string_view key, std::string_view subject) {
  const Json& value = field(object, key, subject);
  if (!value.is_string()) fail(subject, quoted(key) + " is not a string");
  return value.get<std::string>();
}

std::optional<std::string> find_string(const Json& object, std::string_view key,
                                       std::string_view subject) {
  if (find_field(object, key) == nullptr) return std::nullopt;
  return string_field(object, key, subject);
}

std::uint64_t size_field(const Json& object, std::string_view key, std::string_view subject) {
  const Json& value = field(object, key, subject);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    throw Error(reject(DiagnosticCode::size, "J05",
                       std::string(subject) + ": " + quoted(key) + " is not a size"));
  }
  return value.get<std::uint64_t>();
}

const Json& array_field(const Json& object, std::string_view key, std::string_view subject) {
  const Json& value = field(object, key, subject);
  if (!value.is_array()) fail(subject, quoted(key) + " is not an array");
  return value;
}

const Json& require_object(const Json& value, std::string_view subject) {
  if (!value.is_object()) fail(subject, "not an object");
  return value;
}

}  // namespace imgops
