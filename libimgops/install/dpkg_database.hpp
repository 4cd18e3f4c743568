// What dpkg knows of an image's files, read from a tree: the database as text, lists of files,
// diversions, overrides of owners, and what it was told not to unpack.
// Source: dpkg(1), dpkg-divert(1), dpkg-statoverride(1), dpkg.cfg(5) path-exclude.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A paragraph of the database, and the file it is in.
struct DpkgRecord {
  std::string path;  // canonical: var/lib/dpkg/status, or one of status.d
  ControlFile file;
  std::size_t paragraph = 0;

  const Paragraph& get() const { return file.paragraphs[paragraph]; }
};

struct FileDiversion {
  std::string from;  // absolute, as written
  std::string to;
  std::string package;  // whose own files are not diverted; ":" for nobody's
};

struct StatOverride {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint16_t mode = 0;
};

// Reads on demand. The tree and the reader outlive it.
class DpkgDatabase {
 public:
  DpkgDatabase(const Tree& tree, ContentReader& contents) : tree_(tree), contents_(contents) {}

  // Whether the image has a database at all.
  bool exists() const;
  // The installed package of that name; of several architectures the one wanted, else the first.
  // Nullopt when there is none that is unpacked and configured. Throws Error(corrupt).
  std::optional<DpkgRecord> find(std::string_view package, std::string_view architecture) const;

  // Whether some installed package is for that architecture.
  bool has_architecture(std::string_view architecture) const;

  // "var/lib/dpkg/info/NAME" or, where the image has it so, "…/NAME:ARCH"; in status.d the file
  // itself, whose name need not be the package's.
  std::string info_prefix(const DpkgRecord& record) const;
  // As it is once the package's version is the one of `control`: a package that may be there for
  // several architectures (Multi-Arch: same) has its own in the name, any other has not.
  std::string info_prefix_after(const DpkgRecord& record, const Paragraph& control) const;
  bool has_lists(const DpkgRecord& record) const;    // not in status.d
  bool knows_files(const DpkgRecord& record) const;  // whether there is a list or checksums
  // Of the file at `path`, or nullopt; links are followed.
  std::optional<std::string> text(std::string_view path) const;
  // Absolute paths of NAME.list as written, without "/."; in status.d those of NAME.md5sums, which
  // lacks links, directories and configuration files. Empty without a list.
  std::vector<std::string> list(const DpkgRecord& record) const;
  // The other packages whose lists have this file, wherever links lead, each as its list is called:
  // "libc6:amd64". Sorted; empty for none. In status.d checksums are the list.
  std::vector<std::string> owners_of(std::string_view real_path, std::string_view except) const;
  // The file that has those paths, of a list as owners_of() calls it.
  std::string list_path(std::string_view list) const;
  // Names of its info files: "postinst", "md5sums" …
  std::vector<std::string> info_files(const DpkgRecord& record) const;

  std::vector<FileDiversion> diversions() const;
  // Of a name that passwd or group does not know, the ids are those of the file that is there.
  // Throws Error(conflict) where there is none.
  std::optional<StatOverride> override_of(std::string_view absolute_path) const;
  // Whether dpkg was told to leave `absolute_path` out.
  bool is_excluded(std::string_view absolute_path) const;

  const Tree& tree() const noexcept { return tree_; }

 private:
  struct Filter {
    bool excludes = false;
    std::string pattern;
  };
  struct Listed {
    std::string list;     // "libc6:amd64"
    std::string package;  // "libc6"
    std::string path;     // as the list has it, without its slash
  };
  const std::vector<Filter>& filters() const;
  const std::multimap<std::string, Listed, std::less<>>& listed() const;
  void read_lists(std::string_view directory, std::string_view ending) const;
  std::string package_of_list(std::string_view directory, std::string_view list) const;
  std::optional<std::uint32_t> id_of(std::string_view name, std::string_view file) const;

  const Tree& tree_;
  ContentReader& contents_;
  mutable std::optional<std::vector<Filter>> filters_;
  mutable std::optional<std::multimap<std::string, Listed, std::less<>>> listed_;  // by file name
};

// The path, without its slash, in a line of NAME.list or NAME.md5sums; empty for "/." and for what
// is neither.
std::string_view path_in_list(std::string_view line) noexcept;

inline constexpr std::string_view dpkg_status_path = "var/lib/dpkg/status";
inline constexpr std::string_view dpkg_status_directory = "var/lib/dpkg/status.d";
inline constexpr std::string_view dpkg_info_directory = "var/lib/dpkg/info";
inline constexpr std::string_view dpkg_triggers_directory = "var/lib/dpkg/triggers";

}  // namespace imgops
