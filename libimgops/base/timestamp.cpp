#include "libimgops/base/timestamp.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace imgops {
namespace {

// Reads exactly `count` decimal digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char digit : text.substr(0, count)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_offset_seconds(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t offset = (*hours * 60 + *minutes) * 60;
  return east ? offset : -offset;
}

}  // namespace

std::string to_rfc3339(const Timestamp& time) {
  using namespace std::chrono;
  const sys_seconds point{seconds(time.seconds)};
  const auto day = floor<days>(point);
  const year_month_day date(day);
  const hh_mm_ss clock(point - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (time.nanoseconds != 0) {
    std::string fraction = fmt::format(".{:09}", time.nanoseconds);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += fraction;
  }
  return text + "Z";
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto year_value = take_digits(text, 4);
  if (!year_value || !take(text, '-')) return std::nullopt;
  const auto month_value = take_digits(text, 2);
  if (!month_value || !take(text, '-')) return std::nullopt;
  const auto day_value = take_digits(text, 2);
  if (!day_value || (!take(text, 'T') && !take(text, 't'))) return std::nullopt;
  const auto hour_value = take_digits(text, 2);
  if (!hour_value || !take(text, ':')) return std::nullopt;
  const auto minute_value = take_digits(text, 2);
  if (!minute_value || !take(text, ':')) return std::nullopt;
  const auto second_value = take_digits(text, 2);
  if (!second_value || *hour_value > 23 || *minute_value > 59 || *second_value > 60) {
    return std::nullopt;
  }
  std::uint32_t nanoseconds = 0;
  if (take(text, '.')) {
    std::uint32_t unit = 100'000'000;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      nanoseconds += static_cast<std::uint32_t>(text.front() - '0') * unit;
      unit /= 10;
      text.remove_prefix(1);
    }
  }
  const auto offset = take_offset_seconds(text);
  const year_month_day date(year(*year_value), month(static_cast<unsigned>(*month_value)),
                            day(static_cast<unsigned>(*day_value)));
  if (!offset || !text.empty() || !date.ok()) return std::nullopt;
  const std::int64_t days_seconds = sys_days(date).time_since_epoch().count() * 86400LL;
  return Timestamp{days_seconds + (*hour_value * 60 + *minute_value) * 60 + *second_value - *offset,
                   nanoseconds};
}

}  // namespace imgops
