#include "libimgops/dockerfile/source_words.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"

#include <algorithm>

namespace imgops {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

bool is_name_part(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

class Expander {
 public:
  Expander(std::string_view text, const VariableLookup& variables)
      : text_(text), variables_(variables) {}

  std::optional<std::string> expand() {
    while (at_ < text_.size()) {
      if (!take_one()) return std::nullopt;
    }
    return std::move(result_);
  }

 private:
  bool take_one() {
    const char letter = text_[at_];
    if (letter == '\'') return take_single_quoted();
    if (letter == '"') return take_double_quoted();
    if (letter == '$') return take_variable();
    if (letter == '\\' && ++at_ == text_.size()) return true;
    result_ += text_[at_++];
    return true;
  }

  bool take_single_quoted() {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return false;
    result_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  // Inside, a backslash escapes only what would mean something there.
  bool take_double_quoted() {
    for (++at_; at_ < text_.size() && text_[at_] != '"';) {
      if (text_[at_] == '$') {
        if (!take_variable()) return false;
        continue;
      }
      constexpr std::string_view escapable = "\"$\\";
      const bool is_escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                             escapable.find(text_[at_ + 1]) != std::string_view::npos;
      if (is_escape) ++at_;
      result_ += text_[at_++];
    }
    if (at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  bool take_variable() {
    ++at_;  // the dollar
    if (at_ < text_.size() && text_[at_] == '{') return take_braced();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
    if (begin == at_) {
      result_ += '$';
      return true;
    }
    return append(variables_(std::string(text_.substr(begin, at_ - begin))));
  }

  // `${name}`, `${name:-word}`, `${name:+word}`, and both without the colon.
  bool take_braced() {
    const std::size_t end = find_closing_brace();
    if (end == std::string_view::npos) return false;
    std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    std::size_t length = 0;
    while (length < inside.size() && is_name_part(inside[length])) ++length;
    if (length == 0) return false;
    const Variable variable = variables_(std::string(inside.substr(0, length)));
    inside.remove_prefix(length);
    if (inside.empty()) return append(variable);
    const bool empty_is_unset = inside.front() == ':';
    if (empty_is_unset) inside.remove_prefix(1);
    if (inside.empty() || (inside.front() != '-' && inside.front() != '+')) return false;
    if (variable.state == Variable::State::unknown) return false;
    const bool is_set =
        variable.state == Variable::State::known && !(empty_is_unset && variable.value.empty());
    const bool wants_word = (inside.front() == '+') == is_set;
    if (!wants_word) return inside.front() == '+' || append(variable);
    const auto word = Expander(inside.substr(1), variables_).expand();
    if (word) result_ += *word;
    return word.has_value();
  }

  std::size_t find_closing_brace() const {
    std::size_t depth = 0;
    for (std::size_t at = at_; at < text_.size(); ++at) {
      if (text_[at] == '\\') {
        ++at;
      } else if (text_[at] == '{') {
        ++depth;
      } else if (text_[at] == '}' && --depth == 0) {
        return at;
      }
    }
    return std::string_view::npos;
  }

  bool append(const Variable& variable) {
    result_ += variable.value;
    return variable.state != Variable::State::unknown;
  }

  std::string_view text_;
  const VariableLookup& variables_;
  std::size_t at_ = 0;
  std::string result_;
};

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

std::optional<std::string> expand_word(std::string_view word, const VariableLookup& variables) {
  return Expander(word, variables).expand();
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool is_inside = false;
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (quote == '\0' && blanks.find(letter) != std::string_view::npos) {
      if (is_inside) words.push_back(std::move(word));
      word.clear();
      is_inside = false;
      continue;
    }
    is_inside = true;
    word += letter;
    if (letter == '\\' && quote != '\'' && at + 1 < text.size()) {
      word += text[++at];
    } else if (letter == quote) {
      quote = '\0';
    } else if (quote == '\0' && (letter == '"' || letter == '\'')) {
      quote = letter;
    }
  }
  if (is_inside) words.push_back(std::move(word));
  return words;
}

std::optional<ExpandedPairs> expand_pairs(std::string_view text, const VariableLookup& variables) {
  text = trim(text);
  const std::vector<std::string> words = split_words(text);
  if (words.empty()) return std::nullopt;
  ExpandedPairs pairs;
  if (words.front().find('=') == std::string::npos) {
    const auto name = expand_word(words.front(), variables);
    if (!name || words.size() < 2) return std::nullopt;
    const std::string_view rest = trim(text.substr(words.front().size()));
    pairs.emplace_back(*name, expand_word(rest, variables));
    return pairs;
  }
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return std::nullopt;
    auto name = expand_word(std::string_view(word).substr(0, equals), variables);
    if (!name) return std::nullopt;
    pairs.emplace_back(*std::move(name),
                       expand_word(std::string_view(word).substr(equals + 1), variables));
  }
  return pairs;
}

std::optional<std::vector<std::string>> parse_json_list(std::string_view text) {
  text = trim(text);
  if (!text.starts_with('[')) return std::nullopt;
  std::vector<std::string> items;
  try {
    const Json list = parse_json(text, "list");
    for (const Json& item : list) {
      if (!item.is_string()) return std::nullopt;
      items.push_back(item.get<std::string>());
    }
  } catch (const Error&) {
    return std::nullopt;  // then it is a command that begins with a bracket
  }
  return items;
}

}  // namespace imgops
