// What a three-way merge says about one thing, be it a path or a setting, and who wins a conflict.
// *Ours* is the image whose name will move, *theirs* the newcomer. Source: command-line §8.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace imgops {

enum class Verdict : std::uint8_t {
  take_new,  // theirs alone changed it
  keep_app,  // ours alone changed it
  same,      // both changed it alike
  merged,    // both changed it, and a driver made one of the two
  conflict   // both changed it, and nobody can tell what is meant
};

enum class ConflictKind : std::uint8_t {
  content,          // two different contents, attributes or values
  type,             // a directory against a link, a file against a device …
  deleted_changed,  // one side removed what the other changed
  hidden,           // what ours removed or emptied would hide what theirs adds
  through_link,     // a path of ours passes through a link of theirs
  hardlink,         // names that are one file on one side would be two
  driver            // the driver for this path gave up
};

// Settles conflicts, and only conflicts.
enum class MergePolicy : std::uint8_t { fail, ours, theirs };

constexpr std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::take_new:
      return "take-new";
    case Verdict::keep_app:
      return "keep-app";
    case Verdict::same:
      return "same";
    case Verdict::merged:
      return "merged";
    case Verdict::conflict:
      break;
  }
  return "conflict";
}

constexpr std::string_view name(ConflictKind kind) noexcept {
  switch (kind) {
    case ConflictKind::content:
      return "content";
    case ConflictKind::type:
      return "type";
    case ConflictKind::deleted_changed:
      return "deleted-changed";
    case ConflictKind::hidden:
      return "hidden";
    case ConflictKind::through_link:
      return "through-link";
    case ConflictKind::hardlink:
      return "hardlink";
    case ConflictKind::driver:
      break;
  }
  return "driver";
}

}  // namespace imgops
