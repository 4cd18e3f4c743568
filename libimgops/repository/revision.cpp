// The order of command-line §2: a known ref, closed units, transport and path, the file behind
// `:/`, dots of a range, suffixes. What each step leaves is a word for the next.
#include "libimgops/repository/revision.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/closed_units.hpp"
#include "libimgops/repository/revision_place.hpp"
#include "libimgops/repository/revision_suffix.hpp"

#include <algorithm>

namespace imgops {
namespace {

constexpr std::string_view scratch_name = "scratch";

[[noreturn]] void fail(std::string_view word, const std::string& what) {
  throw Error(ErrorKind::invalid_argument, "\"" + printable(word) + "\": " + what);
}

Revision plain_name(std::string_view word) {
  Revision revision;
  revision.name = std::string(word);
  revision.text = std::string(word);
  return revision;
}

// Where dots of a range may begin: behind the PATH of the left side, if it has one.
std::size_t behind_path(const ClosedUnits& units) {
  const std::string_view word = units.text();
  const std::size_t prefix = transport_prefix(word).length;
  const bool has_path =
      prefix > 0 || word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
  if (!has_path) return 0;
  const std::size_t colon = units.find(":", prefix);
  return colon == std::string_view::npos ? word.size() : colon + 1;
}

struct Sides {
  std::string_view left;
  std::string_view right;
  RangeKind kind;
};

std::optional<Sides> split_range(std::string_view word) {
  const ClosedUnits units(word);
  const std::size_t begin = behind_path(units);
  const std::size_t three = units.find("...", begin);
  if (three != std::string_view::npos) {
    return Sides{word.substr(0, three), word.substr(three + 3), RangeKind::symmetric};
  }
  const std::size_t two = units.find("..", begin);
  if (two == std::string_view::npos) return std::nullopt;
  return Sides{word.substr(0, two), word.substr(two + 2), RangeKind::layers};
}

// A side without a place is looked up where the other side lives; scratch lives nowhere.
Revision parse_side(std::string_view side, std::string_view other,
                    std::span<const std::string> known_names) {
  if (side == scratch_name || other.empty() || split_place(side, known_names)) {
    return parse_revision(side, known_names);
  }
  const auto there = split_place(other, known_names);
  return there ? parse_within(there->place, side, known_names, side)
               : parse_revision(side, known_names);
}

}  // namespace

Revision parse_revision(std::string_view word, std::span<const std::string> known_names) {
  if (word == scratch_name || is_known(known_names, word)) return plain_name(word);
  if (word.empty()) fail(word, "names no image");
  const auto placed = split_place(word, known_names);
  return placed ? parse_within(placed->place, placed->rest, known_names, word)
                : parse_within({}, word, known_names, word);
}

FileReference parse_file_reference(std::string_view word,
                                   std::span<const std::string> known_names) {
  const ClosedUnits units(word);
  const std::size_t end = is_known(known_names, word)
                              ? std::string_view::npos
                              : units.find(":/", transport_prefix(word).length);
  if (end == std::string_view::npos) fail(word, "names no file: IMAGE:/PATH");
  return {parse_revision(word.substr(0, end), known_names), std::string(word.substr(end + 1))};
}

std::vector<RevisionSuffix> parse_suffixes(std::string_view text) {
  return parse_suffixes(ClosedUnits(text), 0);
}

std::optional<RevisionRange> parse_range(std::string_view word,
                                         std::span<const std::string> known_names) {
  if (is_known(known_names, word)) return std::nullopt;
  const auto sides = split_range(word);
  if (!sides) return std::nullopt;
  if (sides->right.empty()) fail(word, "the right side of the range is missing");
  if (sides->left.empty() && sides->kind == RangeKind::symmetric) {
    fail(word, "the left side of \"...\" is missing");
  }
  const Revision to = parse_side(sides->right, sides->left, known_names);
  if (sides->left.empty()) return RevisionRange{std::nullopt, to, sides->kind};
  const Revision from = parse_side(sides->left, sides->right, known_names);
  if (from.transport != Transport::selected_layout && from.name.empty()) {
    fail(word, "the left side of the range must name an image");
  }
  return RevisionRange{from, to, sides->kind};
}

}  // namespace imgops
