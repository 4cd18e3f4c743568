// A word of the command line in which `^{…}` and `@{…}` are closed to every search, so that a regex
// may hold "..", ":/", "~" and "#". Source: command-line §2 rule 2.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace imgops {

class ClosedUnits {
 public:
  // Keeps a view of `word`. Throws Error(invalid_argument) when a unit has no end; a backslash
  // takes the character behind it out of the search for that end.
  explicit ClosedUnits(std::string_view word);

  std::string_view text() const noexcept { return word_; }
  // Of `text` outside units, at `from` or later; npos when absent.
  std::size_t find(std::string_view text, std::size_t from = 0) const noexcept;
  // Where a suffix may begin: `~`, `^`, `#` or a unit.
  std::size_t find_suffix(std::size_t from = 0) const noexcept;
  // One past the last character of the unit that begins at `at`; npos when none does.
  std::size_t end_of_unit(std::size_t at) const noexcept;

 private:
  struct Unit {
    std::size_t begin;
    std::size_t end;
  };
  const Unit* unit_at(std::size_t at) const noexcept;

  std::string_view word_;
  std::vector<Unit> units_;  // in order
};

}  // namespace imgops
