#include "tests/semantics/writer_rules.hpp"

#include "tests/semantics/naive_member.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace imgops::test {
namespace {

using naive::TarArchive;
using naive::TarMember;

constexpr std::int64_t largest_octal_id = 07777777;
constexpr std::int64_t largest_octal_time = 077777777777;

enum class Kind { directory, whiteout, other, hard_link };

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_marker(const std::string& path) {
  return starts_with(name_of(path), ".wh.");
}

std::string removed_by(const std::string& path) {
  return naive::joined(naive::parent_of(path), name_of(path).substr(4));
}

bool is_canonical(const std::string& path) {
  const std::vector<std::string> components = naive::components_of(path);
  std::string rebuilt;
  for (const std::string& component : components) {
    if (component == "." || component == "..") return false;
    rebuilt = naive::joined(rebuilt, component);
  }
  return rebuilt == path;
}

class Checker {
 public:
  Checker(const TarArchive& written, const PlainTree& lower, const PlainTree& upper,
          const std::vector<TarArchive>& sources)
      : written_(written), lower_(lower), upper_(upper), sources_(sources) {
    for (const TarMember& member : written.members) paths_.insert(path_of(member.said));
  }

  std::vector<std::string> check() {
    for (at_ = 0; at_ < written_.members.size(); ++at_) {
      const TarMember& member = written_.members[at_];
      path_ = path_of(member.said);
      check_forms(member);
      check_place(member);
      if (is_marker(path_))
        check_whiteout(member);
      else
        check_entry(member);
      if (!is_verbatim(member, sources_)) check_made_header(member);
      if (!seen_.insert(path_).second) fail("W08", "written twice");
    }
    check_order();
    check_sources();
    if (written_.end != std::string(1024, '\0'))
      lines_.push_back("W13: not two zero blocks at the end");
    return lines_;
  }

 private:
  void fail(const char* rule, const std::string& text) {
    lines_.push_back(fmt::format("{}: /{}: {}", rule, path_, text));
  }

  void check_forms(const TarMember& member) {
    const char type = member.said.type;
    if (type < '0' || type > '6') fail("W08", "type flag");
    if (member.extension_types.find('g') != std::string::npos) fail("W08", "global header");
    for (const auto& [name, value] : member.said.xattrs) {
      if (starts_with(name, "trusted.") || name == "security.selinux" ||
          name.find(".overlay.") != std::string::npos) {
        fail("W08", "xattr " + name);
      }
    }
    for (const auto& [key, value] : member.said.pax) {
      if (starts_with(key, "GNU.sparse.") || starts_with(key, "LIBARCHIVE.xattr.") ||
          starts_with(key, "SCHILY.acl.") || starts_with(key, "RHT.security.")) {
        fail("W08", "record " + key);
      }
    }
  }

  void check_place(const TarMember& member) {
    if (!is_canonical(path_)) fail("W02", "not canonical");
    if (member.said.type != '5' && member.said.name.back() == '/') fail("W02", "slash at the end");
    if (path_.empty() && member.said.name != "./") fail("W02", "root not written as ./");
    std::string ancestor = path_;
    while (!ancestor.empty()) {
      ancestor = naive::parent_of(ancestor);
      if (!ancestor.empty() && directories_.count(ancestor) == 0) {
        fail("W01", "/" + ancestor + " not written before");
      }
      const auto node = upper_.find(ancestor);
      if (node == upper_.end() || node->second.type != "directory") {
        fail("W02", "/" + ancestor + " is no directory");
      }
    }
    if (member.said.type == '5') directories_.insert(path_);
  }

  void check_whiteout(const TarMember& member) {
    const story::Member& said = member.said;
    if (name_of(path_) == ".wh..wh..opq") return fail("W04", "opaque marker");
    const bool plain = said.type == '0' && said.body.empty() && said.mode == 0 && said.uid == 0 &&
                       said.gid == 0 && said.mtime == Timestamp{} && said.xattrs.empty();
    if (!plain) fail("W03", "not an empty file of mode 0, owner 0, time 0");
    check_whiteout_place();
    const std::string target = removed_by(path_);
    if (lower_.count(target) == 0) fail("W05", "nothing to remove below");
    if (upper_.count(target) > 0 || paths_.count(target) > 0) fail("W06", "entry of the same name");
  }

  void check_whiteout_place() {
    const std::string parent = naive::parent_of(path_);
    if (at_ == 0) {
      if (!parent.empty()) fail("W03", "not behind its directory");
      return;
    }
    const std::string previous = path_of(written_.members[at_ - 1].said);
    const bool sibling = is_marker(previous) && naive::parent_of(previous) == parent;
    if (!sibling && previous != parent) fail("W03", "not behind its directory");
    if (sibling && !(previous < path_)) fail("W13", "whiteouts out of order");
  }

  void check_entry(const TarMember& member) {
    const auto node = upper_.find(path_);
    if (node == upper_.end()) return fail("W06", "not in the view");
    if (member.said.type == '1')
      check_hard_link(member);
    else
      files_[path_] = &member;
    if (member.said.type == '5')
      check_directory_needed();
    else
      check_group(node->second.group);
  }

  void check_hard_link(const TarMember& member) {
    const story::Member& said = member.said;
    const auto target = files_.find(said.link);
    if (target == files_.end()) return fail("W07", "link to something not written before");
    if (upper_.at(path_).group != upper_.at(target->first).group)
      fail("W07", "link to another file");
    const story::Member& file = target->second->said;
    if (said.mode != file.mode || said.uid != file.uid || said.gid != file.gid ||
        said.mtime != file.mtime || said.xattrs != file.xattrs) {
      fail("W07", "metadata is not that of /" + target->first);
    }
  }

  std::set<std::string> names_of(const PlainTree& tree, const std::string& group) const {
    std::set<std::string> names;
    for (const auto& [path, node] : tree) {
      if (node.group == group) names.insert(path);
    }
    return names;
  }

  bool is_same(const std::string& path) const {
    const auto below = lower_.find(path);
    const auto above = upper_.find(path);
    if (below == lower_.end() || above == upper_.end()) return false;
    return differences({{"", below->second}}, {{"", above->second}}, Times::exact).empty();
  }

  // W07: all of a group or nothing, and nothing when nothing changed (Q18).
  void check_group(const std::string& group) {
    const std::set<std::string> names = names_of(upper_, group);
    bool all_same = names == names_of(lower_, group);
    for (const std::string& name : names) {
      if (paths_.count(name) == 0) fail("W07", "/" + name + " is not written");
      all_same = all_same && is_same(name);
    }
    if (all_same) fail("Q18", "written though nothing changed");
  }

  void check_directory_needed() {
    if (!is_same(path_)) return;
    const auto next = paths_.upper_bound(path_ + "/");
    const bool has_children = next != paths_.end() && starts_with(*next, path_ + "/");
    if (path_.empty() || !has_children) fail("Q18", "directory written though nothing changed");
  }

  void check_made_header(const TarMember& member) {
    const story::Member& said = member.said;
    if (member.magic != std::string("ustar\0"
                                    "00",
                                    8))
      fail("W08", "not ustar");
    if (!member.extension_types.empty() && member.extension_types != "x") {
      fail("W08", "extension headers " + member.extension_types);
    }
    if ((said.type == '5') != (said.name.back() == '/')) fail("W11", "slash at the end");
    if (!member.uname.empty() || !member.gname.empty()) fail("W11", "names of owners");
    if (said.mode < 0 || said.mode > 07777) fail("W11", "mode");
    if (said.mtime.seconds < 0 || said.mtime.seconds > largest_octal_time) fail("W11", "mtime");
    if (!std::is_sorted(said.pax.begin(), said.pax.end())) fail("W11", "records not sorted");
    for (const auto& [key, value] : said.pax) check_record(said, key);
    if (member.extension_name.empty()) return;
    if (extension_name_.empty()) extension_name_ = member.extension_name;
    if (extension_name_ != member.extension_name) fail("W11", "name of the extension header");
  }

  void check_record(const story::Member& said, const std::string& key) {
    const bool needed = (key == "path" && said.name.size() > 100) ||
                        (key == "linkpath" && said.link.size() > 100) ||
                        (key == "uid" && said.uid > largest_octal_id) ||
                        (key == "gid" && said.gid > largest_octal_id) ||
                        (key == "mtime" && said.mtime.nanoseconds > 0) ||
                        starts_with(key, "SCHILY.xattr.");
    if (!needed) fail("W11", "needless record " + key);
  }

  static Kind kind_of(const TarMember& member) {
    if (member.said.type == '5') return Kind::directory;
    if (is_marker(path_of(member.said))) return Kind::whiteout;
    return member.said.type == '1' ? Kind::hard_link : Kind::other;
  }

  // Directories by path; then files with the other directories; then links by path. Whiteouts are
  // where their directory is (W03).
  void check_order() {
    std::string last_directory;
    std::string last_link;
    while (rest_ < written_.members.size()) {
      const TarMember& member = written_.members[rest_];
      path_ = path_of(member.said);
      if (kind_of(member) == Kind::directory) {
        if (rest_ > 0 && !is_before(last_directory, path_)) break;
        last_directory = path_;
      } else if (kind_of(member) != Kind::whiteout) {
        break;
      }
      ++rest_;
    }
    Kind phase = Kind::other;
    for (std::size_t number = rest_; number < written_.members.size(); ++number) {
      const TarMember& member = written_.members[number];
      path_ = path_of(member.said);
      const Kind kind = kind_of(member);
      if (kind == Kind::hard_link) check_ascending(last_link);
      if (kind != Kind::hard_link && phase == Kind::hard_link) fail("W13", "out of order");
      phase = kind;
    }
  }

  static bool is_before(const std::string& left, const std::string& right) {
    return naive::components_of(left) < naive::components_of(right);
  }

  void check_ascending(std::string& last) {
    if (!last.empty() && !is_before(last, path_)) fail("W13", "not by path");
    last = path_;
  }

  // What is copied from one archive stands together, in the order of that archive.
  void check_sources() {
    std::set<std::size_t> finished;
    std::pair<std::size_t, std::size_t> last{SIZE_MAX, 0};
    for (std::size_t number = rest_; number < written_.members.size(); ++number) {
      const TarMember& member = written_.members[number];
      if (kind_of(member) == Kind::hard_link || kind_of(member) == Kind::whiteout) continue;
      path_ = path_of(member.said);
      const std::vector<std::pair<std::size_t, std::size_t>> places = places_of(member);
      if (places.size() != 1) continue;
      const auto place = places.front();
      if (place.first == last.first && place.second < last.second) fail("W13", "not by offset");
      if (place.first != last.first && last.first != SIZE_MAX) finished.insert(last.first);
      if (finished.count(place.first) > 0) fail("W13", "source read twice");
      last = place;
    }
  }

  std::vector<std::pair<std::size_t, std::size_t>> places_of(const TarMember& member) const {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t source = 0; source < sources_.size(); ++source) {
      const std::vector<TarMember>& members = sources_[source].members;
      for (std::size_t index = 0; index < members.size(); ++index) {
        if (members[index].bytes == member.bytes) places.emplace_back(source, index);
      }
    }
    return places;
  }

  const TarArchive& written_;
  const PlainTree& lower_;
  const PlainTree& upper_;
  const std::vector<TarArchive>& sources_;
  std::set<std::string> paths_;                    // everything written
  std::set<std::string> seen_;                     // so far
  std::set<std::string> directories_;              // so far
  std::map<std::string, const TarMember*> files_;  // so far, first names only
  std::string extension_name_;
  std::size_t at_ = 0;
  std::size_t rest_ = 0;  // the first member behind those in front
  std::string path_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> violations(const TarArchive& written, const PlainTree& lower,
                                    const PlainTree& upper,
                                    const std::vector<TarArchive>& sources) {
  return Checker(written, lower, upper, sources).check();
}

bool is_verbatim(const TarMember& member, const std::vector<TarArchive>& sources) {
  for (const TarArchive& source : sources) {
    for (const TarMember& candidate : source.members) {
      if (candidate.bytes == member.bytes) return true;
    }
  }
  return false;
}

std::string path_of(const story::Member& member) {
  std::string path = member.name;
  if (!path.empty() && path.back() == '/') path.pop_back();
  return path == "." ? "" : path;
}

}  // namespace imgops::test
