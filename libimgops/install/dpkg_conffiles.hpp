// Configuration files of a .deb: what it calls so, what the image has of them, and what the
// database says afterwards. Private to install_packages.
// Source: deb-conffiles(5), dpkg(1); dpkg 1.21, whose table of questions this follows.
#pragma once

#include "libimgops/install/dpkg_paragraph.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// What the image does with a configuration file of a package.
enum class ConffileFate : std::uint8_t {
  install,  // new, or as the old version had it
  keep,     // the image changed it, the package did not; or the image removed it
  same      // it is the new one already
};
struct ConffileSums {
  std::string old_package;  // md5 as the database has it; empty: it was none before
  std::string image;        // of the file in the image; empty: it is not there
  std::string new_package;
};
// dpkg's table. Throws Error(conflict), naming `subject`, where dpkg would ask.
ConffileFate judge_conffile(const ConffileSums& sums, const std::string& subject);

// Owner and mode of the file that is `there` (null for none), for one about to take its place: who
// may read a configuration file is the image's to say.
void keep_rights(InodeFields& placed, const Node* there);

// A line of the control document "conffiles".
struct NamedConffile {
  std::string path;      // absolute
  bool removes = false;  // remove-on-upgrade: the package no longer has it, and it is to go
};
// Throws Error(corrupt), naming `subject`, for a path that is not absolute or leaves the root, and
// for a flag that dpkg does not know.
std::vector<NamedConffile> parse_conffile_names(std::string_view document,
                                                std::string_view subject);

// Of one package about to be unpacked. Paths are absolute, checksums md5 in hexadecimal.
class DpkgConffiles {
 public:
  DpkgConffiles(const Paragraph& installed, std::string_view document, std::string subject);

  const std::vector<NamedConffile>& named() const noexcept { return named_; }
  // Whether it is a configuration file that the package brings.
  bool brings(std::string_view path) const;
  // Those of the version before, in the database's order.
  const Conffiles& old() const noexcept { return old_; }

  // Throws Error(corrupt) for names that do not go with the package's files.
  void check(const LayerIndex& files) const;

  // What becomes of one that the package brings; `image` is empty where it is not there.
  ConffileFate judge(const std::string& path, const std::string& image,
                     const std::string& new_package);
  // Where one that the package brings goes when the image has something else than a plain file at
  // `real_path`, be it a link to one: beside it (or what its links end at), where dpkg unpacks and
  // no longer finds it. Link and file stay, and the database goes on saying what it said. Nullopt
  // where it is judged as usual.
  std::optional<std::string> beside(const Tree& tree, const std::string& path,
                                    const std::string& real_path);
  // Whether the version before brought one with that checksum.
  bool was(const std::string& path, std::string_view checksum) const;
  // One of the version before that the package does not name stays in the image.
  void keep_obsolete(const std::string& path);

  // The field Conffiles as it is then.
  Conffiles field() const;

 private:
  std::string_view old_checksum(std::string_view path) const;

  std::string subject_;
  std::vector<NamedConffile> named_;
  Conffiles old_;
  std::map<std::string, std::string> brought_;
  std::set<std::string> obsolete_;
};

}  // namespace imgops
