// The files of one package as apk's database has them: behind the fields of the package a line "F:"
// for each directory, then "R:" for each file in it; "M:" and "a:" give rights that are not the
// usual ones, "Z:" a file's checksum. Source: apk-tools 2, lib/apk/db/installed.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct ApkRights {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint16_t mode = 0;
  std::string xattrs;  // "Q1…" over all of them, empty without any
  friend bool operator==(const ApkRights&, const ApkRights&) = default;
};
inline const ApkRights usual_directory_rights = {0, 0, 0755, {}};
inline const ApkRights usual_file_rights = {0, 0, 0644, {}};

struct ApkDirectory {
  std::string path;  // as written, "" for the root
  ApkRights rights = usual_directory_rights;
};
struct ApkFile {
  std::string path;  // as written
  ApkRights rights = usual_file_rights;
  std::string checksum;  // "Q1…" of its bytes or its target; empty when it has none
};
struct ApkFiles {
  std::vector<ApkDirectory> directories;
  std::vector<ApkFile> files;
};

// Of a package's lines; what cannot be read is passed over. Never fails.
ApkFiles parse_apk_files(std::string_view package);

// The line "M:" or "a:" that says `rights`; empty where they are `usual`.
std::string print_apk_rights(char letter, const ApkRights& rights, const ApkRights& usual);

// The lines of a package without the files of these paths. Their directories stay.
std::string without_apk_files(std::string_view package, const std::set<std::string>& paths);

}  // namespace imgops
