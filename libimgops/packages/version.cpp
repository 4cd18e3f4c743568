#include "libimgops/packages/version.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace imgops {
namespace {

bool is_digit(char character) noexcept {
  return character >= '0' && character <= '9';
}

bool is_letter(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

// The digits at the front, which are taken away.
std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// Numbers of any length.
std::strong_ordering compare_numbers(std::string_view left, std::string_view right) noexcept {
  left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
  right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
  if (left.size() != right.size()) return left.size() <=> right.size();
  return left.compare(right) <=> 0;
}

// dpkg ---------------------------------------------------------------------------------------

// "~" comes before the end, the end before letters, letters before all else.
int weight(std::string_view text) noexcept {
  if (text.empty() || is_digit(text.front())) return 0;
  if (text.front() == '~') return -1;
  const int code = static_cast<unsigned char>(text.front());
  return is_letter(text.front()) ? code : code + 256;
}

std::strong_ordering compare_parts(std::string_view left, std::string_view right) noexcept {
  while (!left.empty() || !right.empty()) {
    while ((!left.empty() && !is_digit(left.front())) ||
           (!right.empty() && !is_digit(right.front()))) {
      const auto order = weight(left) <=> weight(right);
      if (order != 0) return order;
      if (!left.empty()) left.remove_prefix(1);
      if (!right.empty()) right.remove_prefix(1);
    }
    const std::string_view left_digits = take_digits(left);
    const std::string_view right_digits = take_digits(right);
    const auto order = compare_numbers(left_digits, right_digits);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

struct DpkgVersion {
  std::string_view epoch, upstream, revision;
};

DpkgVersion split(std::string_view text) noexcept {
  DpkgVersion version;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    version.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const std::size_t dash = text.rfind('-');
  version.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) version.revision = text.substr(dash + 1);
  return version;
}

// apk ----------------------------------------------------------------------------------------

// What a version is made of, in the order in which what is missing counts as less.
enum class PartKind : int {
  first_number,
  number,
  letter,
  suffix,
  suffix_number,
  revision,
  end,
  odd
};

struct Part {
  PartKind kind = PartKind::end;
  std::string_view text;  // digits, the letter, the suffix's name; the rest when odd
};

// Before a release, in their order; then the release itself; then after it.
constexpr auto suffixes_before = std::to_array<std::string_view>({"alpha", "beta", "pre", "rc"});
constexpr auto suffixes_after = std::to_array<std::string_view>({"cvs", "svn", "git", "hg", "p"});

int suffix_weight(std::string_view name) noexcept {
  const auto before = std::ranges::find(suffixes_before, name);
  if (before != suffixes_before.end()) {
    return static_cast<int>(before - suffixes_before.begin()) -
           static_cast<int>(suffixes_before.size());
  }
  const auto after = std::ranges::find(suffixes_after, name);
  return static_cast<int>(after - suffixes_after.begin()) + 1;
}

class ApkParts {
 public:
  explicit ApkParts(std::string_view text) : text_(text) {}

  Part next() noexcept {
    if (text_.empty()) return {};
    if (last_ == PartKind::end && is_digit(text_.front())) return part(PartKind::first_number);
    const bool may_be_number = last_ == PartKind::first_number || last_ == PartKind::number;
    if (may_be_number && starts(".")) return part(PartKind::number, 1);
    if (may_be_number && is_letter(text_.front())) {
      last_ = PartKind::letter;
      const std::string_view letter = text_.substr(0, 1);
      text_.remove_prefix(1);
      return {last_, letter};
    }
    if (last_ == PartKind::suffix && is_digit(text_.front())) return part(PartKind::suffix_number);
    if (last_ < PartKind::revision && text_.front() == '_') {
      last_ = PartKind::suffix;
      text_.remove_prefix(1);
      std::size_t length = 0;
      while (length < text_.size() && is_letter(text_[length])) ++length;
      const std::string_view name = text_.substr(0, length);
      text_.remove_prefix(length);
      return {last_, name};
    }
    if (last_ < PartKind::revision && starts("-r")) return part(PartKind::revision, 2);
    const std::string_view rest = text_;
    text_ = {};
    last_ = PartKind::odd;
    return {PartKind::odd, rest};
  }

 private:
  bool starts(std::string_view mark) const noexcept {
    return text_.size() > mark.size() && text_.starts_with(mark) && is_digit(text_[mark.size()]);
  }
  Part part(PartKind kind, std::size_t mark_bytes = 0) noexcept {
    last_ = kind;
    text_.remove_prefix(mark_bytes);
    return {kind, take_digits(text_)};
  }

  std::string_view text_;
  PartKind last_ = PartKind::end;
};

std::strong_ordering compare_alike(const Part& left, const Part& right) noexcept {
  switch (left.kind) {
    case PartKind::number:
      // Behind a point a leading zero makes a fraction: 1.09 is earlier than 1.1.
      if (left.text.starts_with('0') || right.text.starts_with('0')) break;
      return compare_numbers(left.text, right.text);
    case PartKind::first_number:
    case PartKind::suffix_number:
    case PartKind::revision:
      return compare_numbers(left.text, right.text);
    case PartKind::suffix:
      return suffix_weight(left.text) <=> suffix_weight(right.text);
    case PartKind::letter:
    case PartKind::end:
    case PartKind::odd:
      break;
  }
  return left.text.compare(right.text) <=> 0;
}

bool is_before_release(const Part& part) noexcept {
  return part.kind == PartKind::suffix && suffix_weight(part.text) < 0;
}

}  // namespace

bool is_dpkg_version(std::string_view text) noexcept {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    std::string_view epoch = text.substr(0, colon);
    if (take_digits(epoch).empty() || !epoch.empty()) return false;
    text.remove_prefix(colon + 1);
  }
  return !text.empty() && std::ranges::all_of(text, [](char character) {
    return is_digit(character) || is_letter(character) ||
           std::string_view(".+~:-").find(character) != std::string_view::npos;
  });
}

bool is_apk_version(std::string_view text) noexcept {
  return !text.empty() && is_digit(text.front()) && std::ranges::all_of(text, [](char character) {
    return is_digit(character) || is_letter(character) ||
           std::string_view("._~+-").find(character) != std::string_view::npos;
  });
}

std::strong_ordering compare_dpkg_versions(std::string_view left, std::string_view right) noexcept {
  const DpkgVersion one = split(left);
  const DpkgVersion other = split(right);
  if (const auto order = compare_numbers(one.epoch, other.epoch); order != 0) return order;
  if (const auto order = compare_parts(one.upstream, other.upstream); order != 0) return order;
  return compare_parts(one.revision, other.revision);
}

std::strong_ordering compare_apk_versions(std::string_view left, std::string_view right) noexcept {
  ApkParts left_parts(left);
  ApkParts right_parts(right);
  while (true) {
    const Part one = left_parts.next();
    const Part other = right_parts.next();
    if (one.kind != other.kind) {
      if (is_before_release(one)) return std::strong_ordering::less;
      if (is_before_release(other)) return std::strong_ordering::greater;
      // Who still has a part of an earlier kind has one more: 1.2.1 is later than 1.2-r5.
      return other.kind <=> one.kind;
    }
    const auto order = compare_alike(one, other);
    if (order != 0 || one.kind == PartKind::end) return order;
  }
}

}  // namespace imgops
