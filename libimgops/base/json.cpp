// Keys are checked by a pass of the parser's own callbacks before the tree is built: nlohmann keeps
// the last of two equal keys, and another reader the first.
#include "libimgops/base/json.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <limits>
#include <set>
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

// Receives the parser's events and stops at the first thing two readers could see differently.
class Checker final : public nlohmann::json_sax<Json> {
 public:
  std::string problem;
  bool about_keys = false;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t& text) override {
    const bool integer = text.find_first_of(".eE") == string_t::npos;
    if (integer) problem = "number out of range: " + text;
    return !integer;
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool key(string_t& key) override {
    if (keys_.back().insert(fold(key)).second) return true;
    problem = "key \"" + printable(key) + "\" occurs twice";
    about_keys = true;
    return false;
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem = "not JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  bool enter() {
    keys_.emplace_back();
    if (keys_.size() <= nesting_limit) return true;
    problem = "nested too deeply";
    return false;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }
  std::vector<std::set<std::string>> keys_;
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
  Checker checker;
  if (!Json::sax_parse(text, &checker)) {
    if (checker.about_keys) throw reject_keys(checker.problem);
    fail(subject, checker.problem);
  }
  return Json::parse(text);
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
