#include "libimgops/dockerfile/go_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace imgops {
namespace {

// Reads from the front; every member leaves the rest.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool is_at_end() const noexcept { return text_.empty(); }
  bool starts_with(std::string_view prefix) const noexcept { return text_.starts_with(prefix); }
  bool take(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
  }

  // The text between two `quote`s as bytes; a rune above 255 that is escaped becomes UTF-8.
  std::optional<std::string> take_quoted(char quote) {
    if (!take(std::string_view(&quote, 1))) return std::nullopt;
    std::string result;
    while (!text_.empty() && text_.front() != quote) {
      if (text_.front() != '\\') {
        result += text_.front();
        text_.remove_prefix(1);
      } else if (!take_escape(result)) {
        return std::nullopt;
      }
    }
    if (!take(std::string_view(&quote, 1))) return std::nullopt;
    return result;
  }

 private:
  bool take_escape(std::string& result) {
    if (text_.size() < 2) return false;
    const char kind = text_[1];
    text_.remove_prefix(2);
    constexpr std::string_view letters = "abfnrtv\\'\"";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";
    const std::size_t letter = letters.find(kind);
    if (letter != std::string_view::npos) {
      result += meanings[letter];
      return true;
    }
    if (kind == 'x') return take_code(2, result);
    if (kind == 'u') return take_code(4, result);
    return kind == 'U' && take_code(8, result);
  }

  bool take_code(std::size_t digits, std::string& result) {
    if (text_.size() < digits) return false;
    std::uint32_t code = 0;
    const auto parsed = std::from_chars(text_.data(), text_.data() + digits, code, 16);
    if (parsed.ec != std::errc() || parsed.ptr != text_.data() + digits) return false;
    text_.remove_prefix(digits);
    if (digits == 2) {
      result += static_cast<char>(code);
      return true;
    }
    if (code > 0x10ffff) return false;
    append_utf8(code, result);
    return true;
  }

  static void append_utf8(std::uint32_t code, std::string& result) {
    const auto put = [&result](std::uint32_t byte) { result += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
      put(0xc0U | (code >> 6U));
    } else if (code < 0x10000) {
      put(0xe0U | (code >> 12U));
      put(0x80U | ((code >> 6U) & 0x3fU));
    } else {
      put(0xf0U | (code >> 18U));
      put(0x80U | ((code >> 12U) & 0x3fU));
      put(0x80U | ((code >> 6U) & 0x3fU));
    }
    put(0x80U | (code & 0x3fU));
  }

  std::string_view text_;
};

std::optional<std::vector<std::string>> take_quoted_list(Scanner& scanner) {
  if (!scanner.take("[")) return std::nullopt;
  std::vector<std::string> items;
  while (!scanner.starts_with("]")) {
    if (!items.empty() && !scanner.take(" ")) return std::nullopt;
    auto item = scanner.take_quoted('"');
    if (!item) return std::nullopt;
    items.push_back(*std::move(item));
  }
  scanner.take("]");
  return items;
}

// The number a rune literal stands for; a byte that is escaped stands for itself.
std::optional<std::uint32_t> code_of(const std::string& rune) {
  const auto byte = [&rune](std::size_t at) { return static_cast<unsigned char>(rune[at]); };
  if (rune.size() == 1) return byte(0);
  if (rune.size() == 2) return ((byte(0) & 0x1fU) << 6U) | (byte(1) & 0x3fU);
  if (rune.size() == 3) {
    return ((byte(0) & 0xfU) << 12U) | ((byte(1) & 0x3fU) << 6U) | (byte(2) & 0x3fU);
  }
  return std::nullopt;
}

struct DurationUnit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array duration_units = {DurationUnit{"ns", 1},          DurationUnit{"us", 1e3},
                                       DurationUnit{"\xc2\xb5s", 1e3}, DurationUnit{"ms", 1e6},
                                       DurationUnit{"s", 1e9},         DurationUnit{"m", 60e9},
                                       DurationUnit{"h", 3600e9}};

// "1.5" in front of `text`; nullopt when there is no number.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (parsed.ec != std::errc() || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return value;
}

const DurationUnit* take_unit(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("0123456789."), text.size());
  for (const DurationUnit& unit : duration_units) {
    if (text.substr(0, end) != unit.name) continue;
    text.remove_prefix(end);
    return &unit;
  }
  return nullptr;
}

std::optional<std::vector<std::string>> split_inside(std::string_view text, std::string_view begin,
                                                     std::string_view end) {
  if (!text.starts_with(begin) || !text.ends_with(end) || text.size() < begin.size() + end.size()) {
    return std::nullopt;
  }
  text = text.substr(begin.size(), text.size() - begin.size() - end.size());
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) items.emplace_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return items;
}

}  // namespace

std::optional<std::vector<std::string>> parse_quoted_list(std::string_view text) {
  Scanner scanner(text);
  auto items = take_quoted_list(scanner);
  if (!scanner.is_at_end()) return std::nullopt;
  return items;
}

std::optional<std::vector<std::string>> parse_bare_list(std::string_view text) {
  return split_inside(text, "[", "]");
}

std::optional<std::vector<std::string>> parse_set(std::string_view text) {
  auto items = split_inside(text, "map[", "]");
  if (!items) return std::nullopt;
  for (std::string& item : *items) {
    constexpr std::string_view nothing = ":{}";
    if (!item.ends_with(nothing)) return std::nullopt;
    item.resize(item.size() - nothing.size());
  }
  return items;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto value = take_number(text);
    const DurationUnit* const unit = value ? take_unit(text) : nullptr;
    if (unit == nullptr) return std::nullopt;
    total += *value * unit->nanoseconds;
  }
  // Beyond this a double does not hold whole nanoseconds; it is over three months.
  constexpr double longest = 9e15;
  if (total > longest) return std::nullopt;
  return std::llround(total);
}

std::optional<Json> parse_health_check(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.take("&{")) return std::nullopt;
  auto test = take_quoted_list(scanner);
  if (!test) return std::nullopt;
  std::vector<std::int64_t> durations;
  while (scanner.starts_with(" \"")) {
    scanner.take(" ");
    const auto word = scanner.take_quoted('"');
    const auto duration = word ? parse_duration(*word) : std::nullopt;
    if (!duration) return std::nullopt;
    durations.push_back(*duration);
  }
  if (durations.size() < 3 || durations.size() > 4 || !scanner.take(" ")) return std::nullopt;
  const auto rune = scanner.take_quoted('\'');
  const auto retries = rune ? code_of(*rune) : std::nullopt;
  if (!retries || !scanner.take("}") || !scanner.is_at_end()) return std::nullopt;
  Json check = Json::object();
  if (!test->empty()) check["Test"] = *std::move(test);
  constexpr std::array<const char*, 4> names = {"Interval", "Timeout", "StartPeriod",
                                                "StartInterval"};
  for (std::size_t at = 0; at < durations.size(); ++at) {
    if (durations[at] != 0) check[names[at]] = durations[at];
  }
  if (*retries != 0) check["Retries"] = *retries;
  return check;
}

}  // namespace imgops
