#include "libimgops/repository/closed_units.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <string>

namespace imgops {
namespace {

// One past the closing brace of a unit whose braces open at `open`; npos when it does not close.
std::size_t closing(std::string_view word, std::size_t open) noexcept {
  for (std::size_t at = open + 1; at < word.size(); ++at) {
    if (word[at] == '\\') {
      ++at;
    } else if (word[at] == '}') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

ClosedUnits::ClosedUnits(std::string_view word) : word_(word) {
  std::size_t at = 0;
  while (at + 1 < word.size()) {
    if ((word[at] != '^' && word[at] != '@') || word[at + 1] != '{') {
      ++at;
      continue;
    }
    const std::size_t end = closing(word, at + 1);
    if (end == std::string_view::npos) {
      throw Error(ErrorKind::invalid_argument, "\"" + printable(word) + "\": \"" +
                                                   std::string(word.substr(at, 2)) +
                                                   "\" without a closing brace");
    }
    units_.push_back({at, end});
    at = end;
  }
}

std::size_t ClosedUnits::find(std::string_view text, std::size_t from) const noexcept {
  for (std::size_t at = word_.find(text, from); at != std::string_view::npos;
       at = word_.find(text, at)) {
    const Unit* unit = unit_at(at);
    if (unit == nullptr) return at;
    at = unit->end;
  }
  return std::string_view::npos;
}

std::size_t ClosedUnits::find_suffix(std::size_t from) const noexcept {
  for (std::size_t at = from; at < word_.size(); ++at) {
    if (word_[at] == '~' || word_[at] == '^' || word_[at] == '#' || unit_at(at) != nullptr) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::size_t ClosedUnits::end_of_unit(std::size_t at) const noexcept {
  const Unit* unit = unit_at(at);
  return unit != nullptr && unit->begin == at ? unit->end : std::string_view::npos;
}

const ClosedUnits::Unit* ClosedUnits::unit_at(std::size_t at) const noexcept {
  const auto unit = std::ranges::upper_bound(units_, at, {}, &Unit::end);
  return unit != units_.end() && unit->begin <= at ? &*unit : nullptr;
}

}  // namespace imgops
