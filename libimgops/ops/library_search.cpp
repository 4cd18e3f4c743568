#include "libimgops/ops/library_search.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_configuration_bytes = 64 * 1024;
constexpr std::size_t most_directories = 256;
constexpr int deepest_include = 4;
// Of directories that programs name themselves, for all programs together; what comes behind counts
// as found. Real images have some ten thousand, hostile ones a thousand a file.
constexpr std::size_t most_lookups = 10'000'000;

// Built into loaders: those of Debian and its kin (a directory for each architecture), of others,
// of musl.
constexpr auto loader_directories = std::to_array<std::string_view>(
    {"lib", "usr/lib", "lib64", "usr/lib64", "usr/lib32", "lib32", "usr/libx32", "usr/local/lib"});
constexpr auto architectures = std::to_array<std::string_view>(
    {"x86_64-linux-gnu", "i386-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf",
     "arm-linux-gnueabi", "riscv64-linux-gnu", "powerpc64le-linux-gnu", "s390x-linux-gnu",
     "mips64el-linux-gnuabi64", "mipsel-linux-gnu", "loongarch64-linux-gnu"});

std::string_view first_word(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = std::min(line.find_first_not_of(blanks), line.size());
  const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
  return line.substr(begin, end - begin);
}

class Configuration {
 public:
  Configuration(const Tree& tree, ContentReader& contents) : tree_(tree), contents_(contents) {}

  std::vector<std::string> read() {
    read_file("etc/ld.so.conf", 0);
    for (const Node& node : tree_.subtree("etc")) {
      if (matches_glob("etc/ld-musl-*.path", node.path())) read_musl(node.path());
    }
    return std::move(directories_);
  }

 private:
  std::string text_of(std::string_view path) {
    const Node* const node = resolve(tree_, path, LastComponent::follow);
    const bool is_read = node != nullptr && node->inode()->type() == FileType::regular &&
                         node->inode()->content().size_bytes <= largest_configuration_bytes;
    return is_read ? contents_.text(node->inode()->content(), largest_configuration_bytes)
                   : std::string();
  }

  void read_file(std::string_view path, int depth) {
    const std::string text = text_of(path);
    for (std::string_view line : split_lines(text)) {
      line = line.substr(0, line.find('#'));
      const std::string_view word = first_word(line);
      if (word == "include" && depth < deepest_include) {
        const std::size_t behind = line.find("include") + word.size();
        include(first_word(line.substr(behind)), parent_path(path), depth);
      } else if (word.starts_with('/')) {
        add(word.substr(0, word.find('=')));
      }
    }
  }

  void include(std::string_view pattern, std::string_view directory, int depth) {
    const std::string spelling =
        pattern.starts_with('/') ? std::string(pattern) : join(directory, pattern);
    const auto canonical = canonical_path(spelling);
    if (!canonical) return;
    // The directory is named as it is, the pattern is in the last component.
    const Node* const parent = resolve(tree_, parent_path(*canonical), LastComponent::follow);
    if (parent == nullptr) return;
    const std::string_view glob = file_name(*canonical);
    for (const Node& node : tree_.subtree(parent->path())) {
      const bool is_there = parent_path(node.path()) == parent->path() && !node.path().empty() &&
                            matches_glob(glob, file_name(node.path()));
      if (is_there && directories_.size() < most_directories) read_file(node.path(), depth + 1);
    }
  }

  void read_musl(std::string_view path) {
    std::string text = text_of(path);
    std::ranges::replace(text, ':', '\n');
    for (const std::string_view line : split_lines(text)) add(first_word(line));
  }

  void add(std::string_view spelling) {
    const auto path = canonical_path(spelling);
    if (path && directories_.size() < most_directories) directories_.push_back(*path);
  }

  const Tree& tree_;
  ContentReader& contents_;
  std::vector<std::string> directories_;
};

// "$ORIGIN/../lib" of a file in opt/app/bin is opt/app/lib. Other names of the loader lead nowhere
// that could be told.
std::string expand(std::string_view directory, std::string_view origin) {
  std::string text(directory);
  for (const std::string_view name : {"${ORIGIN}", "$ORIGIN"}) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), "/" + std::string(origin));
      at += origin.size() + 1;
    }
  }
  return text;
}

}  // namespace

LibrarySearch::LibrarySearch(const Tree& tree, ContentReader& contents)
    : tree_(tree), directories_(Configuration(tree, contents).read()) {
  for (const std::string_view directory : loader_directories) directories_.emplace_back(directory);
  for (const std::string_view architecture : architectures) {
    for (const std::string_view directory : {"lib", "usr/lib", "usr/local/lib"}) {
      const std::string path = join(directory, architecture);
      if (resolve(tree, path, LastComponent::follow) != nullptr) directories_.push_back(path);
    }
  }
}

bool LibrarySearch::has_file(std::string_view path) const {
  const Node* const node = resolve(tree_, path, LastComponent::follow);
  return node != nullptr && node->inode()->type() == FileType::regular;
}

bool LibrarySearch::finds(const ElfFile& elf, std::string_view path, std::string_view library) {
  const std::string_view origin = parent_path(path);
  // A name with a slash is a path already.
  if (library.find('/') != std::string_view::npos) return has_file(expand(library, origin));
  for (const std::string& directory : elf.runpath.empty() ? elf.rpath : elf.runpath) {
    if (++lookups_ > most_lookups) return true;
    if (has_file(join(expand(directory, origin), library))) return true;
  }
  const auto known = found_.find(library);
  if (known != found_.end()) return known->second;
  const bool is_found = std::ranges::any_of(directories_, [&](const std::string& directory) {
    return has_file(join(directory, library));
  });
  found_.emplace(library, is_found);
  return is_found;
}

}  // namespace imgops
