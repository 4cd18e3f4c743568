#include "tools/imgops/options.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace imgops::cli {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view text, std::string_view wanted) {
  throw Error(ErrorKind::invalid_argument,
              fmt::format("--{}: '{}' is not {}", name, printable(text), wanted));
}

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0)) {
    return std::nullopt;
  }
  return value;
}

// The factor behind "kB", "K", "MiB" …; nullopt for anything else.
std::optional<double> unit_factor(std::string_view unit) {
  struct Unit {
    std::string_view letters;
    double factor;
  };
  static constexpr auto units = std::to_array<Unit>({{"", 1},
                                                     {"B", 1},
                                                     {"k", 1e3},
                                                     {"K", 1e3},
                                                     {"kB", 1e3},
                                                     {"KB", 1e3},
                                                     {"M", 1e6},
                                                     {"MB", 1e6},
                                                     {"G", 1e9},
                                                     {"GB", 1e9},
                                                     {"T", 1e12},
                                                     {"TB", 1e12},
                                                     {"KiB", 1024},
                                                     {"MiB", 1048576},
                                                     {"GiB", 1073741824}});
  const auto* const found = std::ranges::find(units, unit, &Unit::letters);
  if (found == units.end()) return std::nullopt;
  return found->factor;
}

}  // namespace

Declarations& Declarations::add(std::string_view names, std::string_view placeholder,
                                std::string_view help, bool repeats) {
  const std::size_t comma = names.find(',');
  OptionDeclaration option;
  option.name = std::string(names.substr(0, comma));
  if (comma != std::string_view::npos) option.letter = names[comma + 1];
  option.placeholder = std::string(placeholder);
  option.help = std::string(help);
  option.repeats = repeats;
  options_.push_back(std::move(option));
  return *this;
}

Declarations& Declarations::flag(std::string_view names, std::string_view help) {
  return add(names, "", help, false);
}

Declarations& Declarations::value(std::string_view names, std::string_view placeholder,
                                  std::string_view help) {
  return add(names, placeholder, help, false);
}

Declarations& Declarations::list(std::string_view names, std::string_view placeholder,
                                 std::string_view help) {
  return add(names, placeholder, help, true);
}

Declarations& Declarations::operand(std::string_view name) {
  operands_.push_back({std::string(name), false});
  return *this;
}

Declarations& Declarations::operands(std::string_view name) {
  operands_.push_back({std::string(name), true});
  return *this;
}

void Options::add(const std::string& name, std::vector<std::string> values) {
  Given& given = given_[name];
  ++given.times;
  given.values.insert(given.values.end(), values.begin(), values.end());
}

const Options::Given* Options::find(std::string_view name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? nullptr : &found->second;
}

bool Options::flag(std::string_view name) const {
  return find(name) != nullptr;
}

std::size_t Options::count(std::string_view name) const {
  const Given* const given = find(name);
  return given == nullptr ? 0 : given->times;
}

std::optional<std::string> Options::text(std::string_view name) const {
  const Given* const given = find(name);
  if (given == nullptr || given->values.empty()) return std::nullopt;
  return given->values.back();
}

std::vector<std::string> Options::list(std::string_view name) const {
  const Given* const given = find(name);
  return given == nullptr ? std::vector<std::string>() : given->values;
}

std::optional<std::string> Options::choice(std::string_view name,
                                           std::initializer_list<std::string_view> words) const {
  auto given = text(name);
  if (given && std::ranges::find(words, *given) == words.end()) {
    refuse(name, *given, fmt::format("one of {}", fmt::join(words, ", ")));
  }
  return given;
}

std::optional<std::uint64_t> Options::number(std::string_view name, std::uint64_t least) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (error != std::errc() || end != given->data() + given->size() || value < least) {
    refuse(name, *given, fmt::format("a number from {} on", least));
  }
  return value;
}

std::optional<std::uint64_t> Options::size_bytes(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const std::size_t digits = std::min(given->find_first_not_of("0123456789."), given->size());
  const auto value = parse_decimal(std::string_view(*given).substr(0, digits));
  const auto factor = unit_factor(std::string_view(*given).substr(digits));
  if (!value || !factor || *value * *factor > 1e18) refuse(name, *given, "a size such as 20MB");
  return static_cast<std::uint64_t>(std::llround(*value * *factor));
}

std::optional<std::chrono::seconds> Options::duration(std::string_view name) const {
  static constexpr auto units = std::to_array<std::pair<char, std::int64_t>>(
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}});
  constexpr std::int64_t most = 100LL * 365 * 86'400;
  const auto given = text(name);
  if (!given) return std::nullopt;
  if (*given == "0") return std::chrono::seconds(0);
  std::int64_t count = 0;
  const char* const last = given->data() + given->size() - (given->empty() ? 0 : 1);
  const auto [end, error] = std::from_chars(given->data(), last, count);
  const auto* const unit =
      std::ranges::find(units, given->empty() ? ' ' : *last, &std::pair<char, std::int64_t>::first);
  if (error != std::errc() || end != last || unit == units.end() || count < 0 ||
      count > most / unit->second) {
    refuse(name, *given, "a time such as 90s, 10m, 1h or 30d");
  }
  return std::chrono::seconds(count * unit->second);
}

std::optional<double> Options::fraction(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = parse_decimal(*given);
  if (!value) refuse(name, *given, "a number");
  return value;
}

std::string Options::operand(std::string_view name) const {
  auto given = text(name);
  if (!given) throw Error(ErrorKind::invalid_argument, fmt::format("missing {}", name));
  return std::move(*given);
}

std::vector<std::string> Options::operands(std::string_view name) const {
  auto given = list(name);
  if (given.empty()) throw Error(ErrorKind::invalid_argument, fmt::format("missing {}", name));
  return given;
}

}  // namespace imgops::cli
