#include "tests/ops/patch_ways.hpp"

namespace imgops::testing {
namespace {

using B = LayerBuilder;
using S = PatchedSpot;
using Ways = std::vector<WayToHide>;

constexpr auto needs_old = WayNeeds::old_file;
constexpr auto needs_new = WayNeeds::new_file;

const ExtendedAttributes& capability() {
  static const ExtendedAttributes attributes = {{"security.capability", "some"}};
  return attributes;
}

void special(B& layer, const std::string& path, FileType type) {
  layer.file(path, "");
  layer.last().type = type;
  if (type != FileType::fifo) layer.last().device = {1, 3};
}

void add_files(Ways& ways) {
  ways.push_back({"nothing of it", {[](B& b, const S&) { b.file("srv", "x"); }}});
  ways.push_back({"another content", {[](B& b, const S& s) { b.file(s.path, "mine"); }}});
  ways.push_back({"an empty file", {[](B& b, const S& s) { b.file(s.path, ""); }}});
  ways.push_back({"a longer file with the old one's beginning",
                  {[](B& b, const S& s) { b.file(s.path, "old library and more"); }}});
  ways.push_back({"a link to a neighbour", {[](B& b, const S& s) { b.symlink(s.path, "other"); }}});
  ways.push_back(
      {"a link that leads nowhere", {[](B& b, const S& s) { b.symlink(s.path, "/no/where"); }}});
  ways.push_back({"a link to itself", {[](B& b, const S& s) { b.symlink(s.path, s.name()); }}});
  ways.push_back(
      {"a link to a directory", {[](B& b, const S& s) { b.symlink(s.path, "/usr/share"); }}});
  ways.push_back({"a directory", {[](B& b, const S& s) { b.directory(s.path); }}});
  ways.push_back({"a directory that is not empty",
                  {[](B& b, const S& s) { b.directory(s.path).file(s.path + "/part", "mine"); }}});
  ways.push_back({"a file that lies inside its name",
                  {[](B& b, const S& s) { b.file(s.path + "/inside", "mine"); }}});
  ways.push_back({"a pipe", {[](B& b, const S& s) { special(b, s.path, FileType::fifo); }}});
  ways.push_back({"a character device",
                  {[](B& b, const S& s) { special(b, s.path, FileType::character_device); }}});
  ways.push_back(
      {"a block device", {[](B& b, const S& s) { special(b, s.path, FileType::block_device); }}});
  ways.push_back({"a second name of a lower file",
                  {[](B& b, const S& s) { b.hard_link(s.path, "usr/lib/other"); }}});
  ways.push_back({"a second name of a file of its own",
                  {[](B& b, const S& s) { b.file("mine", "mine").hard_link(s.path, "mine"); }}});
  ways.push_back({"a second name beside it",
                  {[](B& b, const S& s) { b.hard_link("usr/lib/again", s.path); }},
                  WayNeeds::old_file});
  ways.push_back({"a second name beside it, changed later",
                  {[](B& b, const S& s) { b.hard_link("usr/lib/again", s.path); },
                   [](B& b, const S&) { b.file("usr/lib/again", "mine"); }},
                  WayNeeds::old_file});
}

void add_copies(Ways& ways) {
  using Change = std::function<void(InodeFields&)>;
  const std::vector<std::pair<std::string, Change>> changes = {
      {"", [](InodeFields&) {}},
      {" with another mode", [](InodeFields& inode) { inode.mode = 0511; }},
      {" with another owner", [](InodeFields& inode) { inode.uid = 33; }},
      {" with another group", [](InodeFields& inode) { inode.gid = 33; }},
      {" of another time",
       [](InodeFields& inode) {
         inode.mtime = {1'700'000'000, 5};
       }},
      {" with an attribute", [](InodeFields& inode) { inode.xattrs = &capability(); }}};
  for (const auto& [words, change] : changes) {
    ways.push_back({"the old one again" + words,
                    {[change](B& b, const S& s) {
                      s.old_file(b);
                      change(b.last());
                    }},
                    needs_old});
    ways.push_back({"a copy of the new one" + words,
                    {[change](B& b, const S& s) {
                      s.new_file(b);
                      change(b.last());
                    }},
                    needs_new});
  }
}

void add_parents(Ways& ways) {
  ways.push_back({"a neighbour in the same directory",
                  {[](B& b, const S& s) { b.file(s.directory() + "/neighbour", "x"); }}});
  ways.push_back(
      {"its directory as it is", {[](B& b, const S& s) { b.directory(s.directory()); }}});
  ways.push_back({"its directory with another mode",
                  {[](B& b, const S& s) { b.directory(s.directory(), 0700); }}});
  ways.push_back({"the directory above with another owner", {[](B& b, const S&) {
                    b.directory("usr");
                    b.last().uid = 7;
                  }}});
  ways.push_back({"a link in the place of its directory",
                  {[](B& b, const S& s) { b.symlink(s.directory(), "/opt"); }}});
  ways.push_back({"a link in the place of its directory that leads to one",
                  {[](B& b, const S& s) { b.symlink(s.directory(), "/usr/share"); }}});
  ways.push_back({"a file in the place of its directory",
                  {[](B& b, const S& s) { b.file(s.directory(), "x"); }}});
  ways.push_back({"a pipe in the place of its directory",
                  {[](B& b, const S& s) { special(b, s.directory(), FileType::fifo); }}});
  ways.push_back({"a link in the place of the directory above",
                  {[](B& b, const S&) { b.symlink("usr", "opt"); }}});
  ways.push_back(
      {"a file in the place of the directory above", {[](B& b, const S&) { b.file("usr", "x"); }}});
  ways.push_back({"a link in the place of its directory, and the directory again",
                  {[](B& b, const S& s) { b.symlink(s.directory(), "/opt"); },
                   [](B& b, const S& s) { b.directory(s.directory()); }}});
  ways.push_back({"a link in the place of its directory, then the directory and the path",
                  {[](B& b, const S& s) { b.symlink(s.directory(), "/opt"); },
                   [](B& b, const S& s) {
                     b.directory(s.directory());
                     s.new_file(b);
                   }},
                  needs_new});
  ways.push_back({"the same name through a link of its own layer", {[](B& b, const S& s) {
                    b.symlink("way", s.directory()).file("way/" + s.name(), "mine");
                  }}});
  ways.push_back({"the same name through a link of an own layer below",
                  {[](B& b, const S& s) { b.symlink("way", s.directory()); },
                   [](B& b, const S& s) { b.file("way/" + s.name(), "mine"); }}});
  ways.push_back({"the same name through a link of the base, which runtimes do not follow",
                  {[](B& b, const S& s) { b.file("lib" + s.path.substr(7), "mine"); }}});
  ways.push_back({"a name that differs in case", {[](B& b, const S& s) {
                    b.file(s.directory() + "/L" + s.name().substr(1), "mine");
                  }}});
}

void add_markers(Ways& ways) {
  const auto whiteout = [](B& b, const S& s) { b.whiteout(s.path); };
  const auto whiteout_directory = [](B& b, const S& s) { b.whiteout(s.directory()); };
  const auto own = [](B& b, const S& s) { b.file(s.path, "mine"); };
  const auto copy = [](B& b, const S& s) { s.new_file(b); };
  const auto directory = [](B& b, const S& s) {
    b.directory("usr").directory("usr/lib").directory(s.directory());
  };
  ways.push_back({"a whiteout", {whiteout}});
  ways.push_back({"a whiteout of its directory", {whiteout_directory}});
  ways.push_back(
      {"a whiteout of the directory above", {[](B& b, const S&) { b.whiteout("usr"); }}});
  ways.push_back(
      {"a whiteout of a neighbour", {[](B& b, const S&) { b.whiteout("usr/lib/other"); }}});
  ways.push_back({"a whiteout of nothing", {[](B& b, const S&) { b.whiteout("usr/lib/none"); }}});
  ways.push_back({"an opaque directory", {[](B& b, const S& s) { b.opaque(s.directory()); }}});
  ways.push_back({"an opaque directory above", {[](B& b, const S&) { b.opaque("usr"); }}});
  ways.push_back({"an opaque root", {[](B& b, const S&) { b.opaque(""); }}});
  ways.push_back({"an opaque directory elsewhere", {[](B& b, const S&) { b.opaque("var"); }}});
  ways.push_back({"an opaque directory with its own",
                  {[](B& b, const S& s) { b.opaque(s.directory()).file(s.path, "mine"); }}});
  ways.push_back({"its own, and then the marker of an opaque directory",
                  {[](B& b, const S& s) { b.file(s.path, "mine").opaque(s.directory()); }}});
  ways.push_back({"an opaque directory with a copy of the new one",
                  {[](B& b, const S& s) {
                    b.opaque(s.directory());
                    s.new_file(b);
                  }},
                  needs_new});
  ways.push_back({"its own below an opaque directory of another layer",
                  {own, [](B& b, const S& s) { b.opaque(s.directory()); }}});
  ways.push_back({"its directory removed and made again", {whiteout_directory, directory}});
  ways.push_back(
      {"its directory removed, made again, and its own", {whiteout_directory, directory, own}});
  ways.push_back({"its directory removed, made again, and a copy of the new one",
                  {whiteout_directory, directory, copy},
                  needs_new});
  ways.push_back({"the directory above removed and made again",
                  {[](B& b, const S&) { b.whiteout("usr"); }, directory}});
  ways.push_back({"removed and its own", {whiteout, own}});
  ways.push_back({"removed and a copy of the new one", {whiteout, copy}, needs_new});
  ways.push_back({"its own and removed", {own, whiteout}});
  ways.push_back({"its own, removed, and a copy of the new one", {own, whiteout, copy}, needs_new});
  ways.push_back({"removed twice", {whiteout, whiteout}});
  ways.push_back(
      {"a directory that goes again",
       {[](B& b, const S& s) { b.directory(s.path).file(s.path + "/part", "x"); }, whiteout}});
  ways.push_back(
      {"a directory, and then its own", {[](B& b, const S& s) { b.directory(s.path); }, own}});
  ways.push_back({"a directory, and then a copy of the new one",
                  {[](B& b, const S& s) { b.directory(s.path); }, copy},
                  needs_new});
  ways.push_back({"its own, and then a copy of the new one", {own, copy}, needs_new});
  ways.push_back({"a copy of the new one, and then its own", {copy, own}, needs_new});
  ways.push_back({"three of its own",
                  {own, [](B& b, const S& s) { b.file(s.path, "mine, too"); },
                   [](B& b, const S& s) { b.file(s.path, "mine at last"); }}});
  ways.push_back({"its own twice in a layer",
                  {[](B& b, const S& s) { b.file(s.path, "first").file(s.path, "second"); }}});
  ways.push_back({"its own, and a copy of the new one, in a layer",
                  {[](B& b, const S& s) {
                    b.file(s.path, "first");
                    s.new_file(b);
                  }},
                  needs_new});
  ways.push_back({"a marker and its own in a layer",
                  {[](B& b, const S& s) { b.whiteout(s.path).file(s.path, "mine"); }}});
  ways.push_back({"its own and a marker in a layer",
                  {[](B& b, const S& s) { b.file(s.path, "mine").whiteout(s.path); }}});
  ways.push_back({"a marker in a layer of many others",
                  {[](B& b, const S& s) {
                     b.file("a", "a").directory("usr").file("usr/b", "b").whiteout(s.path);
                   },
                   [](B& b, const S&) { b.file("usr/lib/above", "x"); }}});
  ways.push_back({"its own below layers that do nothing to it",
                  {[](B& b, const S&) { b.file("first", "x"); }, own,
                   [](B& b, const S&) { b.file("last", "x"); }}});
}

}  // namespace

const std::vector<WayToHide>& ways_to_hide() {
  static const std::vector<WayToHide> all = [] {
    std::vector<WayToHide> ways;
    add_files(ways);
    add_copies(ways);
    add_parents(ways);
    add_markers(ways);
    return ways;
  }();
  return all;
}

}  // namespace imgops::testing
