// What apk keeps of installed packages: lib/apk/db/installed and the scripts beside it.
// Source: the format of apk-tools 2, a line a field, its letter in front.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/packages/merged_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// One package: all its lines, those of its files too. Views into the database.
struct ApkPackage {
  std::string_view name;          // P:
  std::string_view version;       // V:
  std::string_view architecture;  // A:
  std::string_view depends;       // D: with blanks between
  std::string_view provides;      // p: likewise
  std::string_view replaces;      // r: likewise
  std::string_view priority;      // q: a number, of its replaces; mostly empty
  std::string_view checksum;      // C: of the build, "Q1…"
  std::string_view text;          // the whole, each line with its break, without the blank line
};

// In the file's order. Throws Error(corrupt) for a line without a letter and colon, a package
// without name, or more than 100 000 packages.
std::vector<ApkPackage> parse_apk_installed(std::string_view text);

// By package. Gives up, naming packages and versions, when one was changed two ways.
MergedText merge_apk_installed(const ThreeVersions& versions, MergePolicy policy);

// lib/apk/db/scripts.tar: an archive of the packages' scripts, merged by member. Of a member that
// both sides have with the same body, the header of theirs is taken.
MergedText merge_apk_scripts(const ThreeVersions& versions, MergePolicy policy);

}  // namespace imgops
