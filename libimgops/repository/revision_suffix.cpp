#include "libimgops/repository/revision_suffix.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include <re2/re2.h>

namespace imgops {
namespace {

constexpr std::string_view forms =
    "possible after an image: ~N, ^, #K, #-K, ^{/REGEX}, ^{layer:HEX}, ^{base}; after a ref: @{N}";

bool is_digit(char character) noexcept {
  return character >= '0' && character <= '9';
}

[[noreturn]] void fail(std::string_view word, std::string_view suffix, const std::string& what) {
  throw Error(ErrorKind::invalid_argument,
              "\"" + printable(word) + "\": \"" + printable(suffix) + "\" " + what,
              std::string(forms));
}

std::size_t behind_digits(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// One past the suffix that begins at `at`; npos when none does.
std::size_t end_of_suffix(const ClosedUnits& word, std::size_t at) {
  const std::string_view text = word.text();
  if (const std::size_t end = word.end_of_unit(at); end != std::string_view::npos) return end;
  switch (text[at]) {
    case '~':
      return behind_digits(text, at + 1);
    case '^':
      return at + 1;
    case '#': {
      const std::size_t first = at + 1 < text.size() && text[at + 1] == '-' ? at + 2 : at + 1;
      const std::size_t end = behind_digits(text, first);
      return end > first ? end : std::string_view::npos;
    }
    default:
      return std::string_view::npos;
  }
}

std::string without_quoted_braces(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      if (text[at + 1] != '}') result += '\\';
      ++at;
    }
    result += text[at];
  }
  return result;
}

template <class Number>
Number parse_number(std::string_view word, std::string_view suffix, std::string_view digits) {
  Number number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    fail(word, suffix, "is no number we can count to");
  }
  return number;
}

RevisionSuffix parse_step_number(std::string_view word, std::string_view suffix) {
  const auto number = parse_number<std::int64_t>(word, suffix, suffix.substr(1));
  if (number == 0) fail(word, suffix, "is no step: they count from 1, or from -1 at the top");
  return StepNumber{number};
}

RevisionSuffix parse_matching(std::string_view word, std::string_view suffix,
                              std::string_view expression) {
  StepMatching matching{without_quoted_braces(expression)};
  if (matching.expression.empty()) fail(word, suffix, "is empty");
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(matching.expression, options);
  if (!compiled.ok()) fail(word, suffix, "is no expression: " + printable(compiled.error()));
  return matching;
}

RevisionSuffix parse_layer_prefix(std::string_view word, std::string_view suffix,
                                  std::string_view prefix) {
  if (prefix.starts_with("sha256:")) prefix.remove_prefix(7);
  if (!is_digest_prefix(prefix)) fail(word, suffix, "needs four hexadecimal digits or more");
  return LayerPrefix{std::string(prefix)};
}

RevisionSuffix parse_base(std::string_view word, std::string_view suffix, std::string_view rest) {
  if (!rest.empty()) fail(word, suffix, "is no selector");
  return BaseSelector{};
}

RevisionSuffix parse_line(std::string_view word, std::string_view suffix, std::string_view) {
  fail(word, suffix, "is not possible: lines of a Dockerfile cannot be named yet");
}

// What may stand in `^{…}`, by its beginning.
struct SelectorForm {
  std::string_view beginning;
  RevisionSuffix (*parse)(std::string_view word, std::string_view suffix, std::string_view rest);
};
constexpr SelectorForm selector_forms[] = {{"/", parse_matching},
                                           {"layer:", parse_layer_prefix},
                                           {"base", parse_base},
                                           {"line:", parse_line}};

RevisionSuffix parse_unit(std::string_view word, std::string_view suffix) {
  if (suffix.front() == '@') {
    fail(word, suffix, "must stand right behind a ref: only names have a past");
  }
  const std::string_view selector = suffix.substr(2, suffix.size() - 3);
  for (const SelectorForm& form : selector_forms) {
    if (!selector.starts_with(form.beginning)) continue;
    return form.parse(word, suffix, selector.substr(form.beginning.size()));
  }
  fail(word, suffix, "is no selector");
}

RevisionSuffix parse_suffix(std::string_view word, std::string_view suffix) {
  if (suffix == "~" || suffix == "^") return LayersBack{1};
  if (suffix.front() == '~') {
    return LayersBack{parse_number<std::size_t>(word, suffix, suffix.substr(1))};
  }
  if (suffix.front() == '#') return parse_step_number(word, suffix);
  return parse_unit(word, suffix);
}

}  // namespace

std::optional<std::uint64_t> parse_moves_ago(const ClosedUnits& word, std::size_t at) {
  const std::size_t end = word.end_of_unit(at);
  if (end == std::string_view::npos || word.text()[at] != '@') return std::nullopt;
  const std::string_view suffix = word.text().substr(at, end - at);
  return parse_number<std::uint64_t>(word.text(), suffix, suffix.substr(2, suffix.size() - 3));
}

bool is_digest_prefix(std::string_view text) noexcept {
  return text.size() >= 4 && std::ranges::all_of(text, [](char character) {
           return is_digit(character) || (character >= 'a' && character <= 'f');
         });
}

bool is_suffix_chain(const ClosedUnits& word, std::size_t from) {
  while (from < word.text().size()) {
    from = end_of_suffix(word, from);
    if (from == std::string_view::npos) return false;
  }
  return true;
}

std::vector<RevisionSuffix> parse_suffixes(const ClosedUnits& word, std::size_t from) {
  const std::string_view text = word.text();
  std::vector<RevisionSuffix> suffixes;
  while (from < text.size()) {
    const std::size_t end = end_of_suffix(word, from);
    if (end == std::string_view::npos) fail(text, text.substr(from), "is no suffix");
    suffixes.push_back(parse_suffix(text, text.substr(from, end - from)));
    from = end;
  }
  return suffixes;
}

}  // namespace imgops
