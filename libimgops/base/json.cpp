// The document is built from the parser's events by ourselves: nlohmann keeps the last of two equal
// keys, and another reader the first; and to find that out it compares each key of an object with
// all before it, which takes minutes for an object of half a million keys.
#include "libimgops/base/json.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <vector>

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

// Receives the parser's events, builds the document and stops at the first thing two readers could
// see differently, or at what would cost too much.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  std::string problem;
  bool about_keys = false;

  Json take() { return std::move(root_); }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(Json(value)); }
  bool number_float(number_float_t value, const string_t& text) override {
    if (text.find_first_of(".eE") != string_t::npos) return add(Json(value));
    problem = "number out of range: " + text;
    return false;
  }
  bool string(string_t& value) override { return add(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }  // JSON has none
  bool start_object(std::size_t) override { return enter(Json::object()); }
  bool key(string_t& key) override {
    if (keys_.back().insert(fold(key)).second) {
      key_ = std::move(key);
      return true;
    }
    problem = "key \"" + printable(key) + "\" occurs twice";
    about_keys = true;
    return false;
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
  bool enter(Json holder) {
    if (!add(std::move(holder))) return false;
    open_.push_back(last_);
    keys_.emplace_back();
    if (keys_.size() <= nesting_limit) return true;
    problem = "nested too deeply";
    return false;
  }
  bool leave() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }
  // Pointers to what is open stay valid: a holder grows only while none of its values is open.
  bool add(Json value) {
    if (++values_ > json_values_limit) {
      problem = "more than " + std::to_string(json_values_limit) + " values";
      return false;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      last_ = &root_;
    } else if (open_.back()->is_array()) {
      auto& array = open_.back()->get_ref<Json::array_t&>();
      last_ = &array.emplace_back(std::move(value));
    } else {
      // Its own insertion looks at all keys before.
      auto& object = open_.back()->get_ref<Json::object_t&>();
      last_ = &object.emplace_back(std::move(key_), std::move(value)).second;
    }
    return true;
  }

  Json root_;
  Json* last_ = nullptr;     // the value added last
  std::vector<Json*> open_;  // outermost first
  std::vector<std::set<std::string>> keys_;
  std::string key_;  // of the value that comes next
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
