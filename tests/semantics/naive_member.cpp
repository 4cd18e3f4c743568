#include "tests/semantics/naive_member.hpp"

#include <cstdlib>

namespace imgops::naive {
namespace {

constexpr std::int64_t largest_id = 4294967294;
constexpr std::size_t end_mark_bytes = 1024;
constexpr std::size_t largest_extension_bytes = 1 << 20;

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

// The lexically cleaned form of N02 and N03; false when ".." leaves the root.
bool clean(const std::string& name, std::string& path) {
  std::vector<std::string> kept;
  for (const std::string& component : components_of(name)) {
    if (component == ".") continue;
    if (component != "..") {
      kept.push_back(component);
    } else if (kept.empty()) {
      return false;
    } else {
      kept.pop_back();
    }
  }
  path.clear();
  for (const std::string& component : kept) path = joined(path, component);
  return true;
}

// Extension records of one member, the last of a key counting; an empty value unsets (M02).
using Extension = std::map<std::string, std::string>;

void add_records(Extension& extension, const story::Records& records) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : records) {
    bytes += key.size() + value.size();
    if (value.empty())
      extension.erase(key);
    else
      extension[key] = value;
  }
  if (bytes > largest_extension_bytes) throw Rejected("META-SIZE", "M22", "");
}

std::int64_t number(const std::string& text) {
  char* end = nullptr;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0') throw Rejected("PAX-BAD", "M03", "");
  return value;
}

Timestamp time_of(const std::string& text) {
  const std::size_t dot = text.find('.');
  Timestamp time{number(text.substr(0, dot)), 0};
  if (dot == std::string::npos) return time;
  std::string fraction = text.substr(dot + 1);
  fraction.resize(9, '0');
  time.nanoseconds = static_cast<std::uint32_t>(number(fraction));
  if (text[0] == '-' && time.nanoseconds > 0) {
    time.seconds -= 1;
    time.nanoseconds = 1'000'000'000 - time.nanoseconds;
  }
  return time;
}

// M05–M07: what speaks to the kernel, to the host or to others is no part of a view.
bool belongs_to_view(const std::string& name) {
  return !starts_with(name, "trusted.") && !starts_with(name, "user.overlay.") &&
         name != "security.selinux";
}

std::int64_t checked_id(std::int64_t id, const std::string& path) {
  if (id == largest_id + 1) throw Rejected("ID-RANGE", "M11", path);
  if (id < 0 || id > largest_id) throw Rejected("ID-RANGE", "M12", path);
  return id;
}

struct Words {
  std::string name;
  std::string link;
  char type = '0';
};

Words words_of(const story::Member& member, const Extension& extension) {
  Words words{member.name, member.link, member.type};
  const auto prefix = member.header.find("prefix");
  if (prefix != member.header.end()) words.name = prefix->second + "/" + words.name;
  const auto path = extension.find("path");
  if (path != extension.end()) words.name = path->second;
  const auto link = extension.find("linkpath");
  if (link != extension.end()) words.link = link->second;
  if (words.name.find('\0') != std::string::npos || words.link.find('\0') != std::string::npos) {
    throw Rejected("NAME-NUL", "N08", words.name);
  }
  if (words.type == '\0')
    words.type = words.name.size() > 1 && words.name.back() == '/' ? '5' : '0';
  if (words.type == 'S') throw Rejected("SPARSE-OLD", "M19", words.name);
  if (words.type < '0' || words.type > '6') throw Rejected("TYPE-UNKNOWN", "M18", words.name);
  return words;
}

File file_of(const story::Member& member, const Words& words, Extension extension,
             const std::string& path) {
  File file;
  file.type = words.type == '1' ? '0' : words.type;
  file.mode = member.mode & 07777;
  file.uid = checked_id(extension.count("uid") ? number(extension["uid"]) : member.uid, path);
  file.gid = checked_id(extension.count("gid") ? number(extension["gid"]) : member.gid, path);
  file.mtime = extension.count("mtime") ? time_of(extension["mtime"]) : member.mtime;
  if (file.type == '3' || file.type == '4') {
    file.major = member.major;
    file.minor = member.minor;
  }
  if (file.type == '2') file.target = words.link;
  if (file.type == '0' && words.type == '0') file.content = member.body;
  for (const auto& [name, value] : member.xattrs) {
    if (belongs_to_view(name)) file.xattrs[name] = value;
  }
  for (const auto& [key, value] : extension) {
    if (!starts_with(key, "SCHILY.xattr.")) continue;
    const std::string name = key.substr(13);
    if (belongs_to_view(name)) file.xattrs[name] = value;
  }
  return file;
}

void check_root(const Words& words, const std::string& path) {
  if (!path.empty() || words.type == '5') return;
  if (words.name.empty() || words.name == ".") throw Rejected("NAME-EMPTY", "N05", path);
  throw Rejected("ROOT-TYPE", "P17", path);
}

// Names that begin with ".wh." (U18–U25). True when `saying` is to be kept.
bool understand_marker(Saying& saying) {
  const std::vector<std::string> components = components_of(saying.path);
  if (components.empty()) return true;
  const std::string& first = components.front();
  const bool in_pool = first == ".wh..wh.plnk";
  const bool bookkeeping = in_pool || first == ".wh..wh.aufs" || first == ".wh..wh.orph";
  if (bookkeeping && components.size() > 1) {
    saying.kind = Saying::Kind::pool;
    return in_pool && saying.file.type == '0';
  }
  for (std::size_t at = 0; at + 1 < components.size(); ++at) {
    if (starts_with(components[at], ".wh.")) throw Rejected("WH-COMPONENT", "U23", saying.path);
  }
  const std::string& last = components.back();
  if (!starts_with(last, ".wh.")) return true;
  const std::string directory = parent_of(saying.path);
  const std::string name = last.substr(4);
  if (name.empty() || name == "." || name == "..") throw Rejected("WH-NAME", "U18", saying.path);
  if (name == ".wh..opq") {
    saying.kind = Saying::Kind::opaque;
    saying.path = directory;
    return true;
  }
  if (starts_with(name, ".wh.")) return false;  // U19, U21, U25
  saying.kind = Saying::Kind::whiteout;
  saying.path = joined(directory, name);
  return true;
}

void understand_link(Saying& saying, const story::Member& member, const Words& words) {
  if (words.type == '2' && words.link.empty()) throw Rejected("LINK-EMPTY", "N13", saying.path);
  if (words.type != '1') return;
  if (!member.body.empty()) throw Rejected("HL-DATA", "L16", saying.path);
  saying.kind = Saying::Kind::hard_link;
  if (!clean(words.link, saying.link)) throw Rejected("HL-PATH", "L12", saying.path);
}

}  // namespace

std::vector<Saying> understand(const std::vector<story::Member>& members) {
  std::vector<Saying> sayings;
  Extension extension;
  for (const story::Member& member : members) {
    if (member.form == story::Form::global) continue;  // M01
    if (member.form == story::Form::bytes) {
      if (member.body.size() >= end_mark_bytes) break;  // S04: what follows the end is no member
      continue;
    }
    // A second extension header replaces the first (M02).
    if (!member.pax.empty() || !member.xattrs.empty()) extension.clear();
    add_records(extension, member.pax);
    if (member.form == story::Form::extension) continue;  // belongs to the next member (M02)
    if (member.gnu_names && member.name.size() > largest_extension_bytes) {
      throw Rejected("META-SIZE", "M22", "");
    }
    const Words words = words_of(member, extension);
    Saying saying;
    if (!clean(words.name, saying.path)) throw Rejected("NAME-ESCAPE", "N04", words.name);
    check_root(words, saying.path);
    saying.file = file_of(member, words, extension, saying.path);
    extension.clear();
    Saying marker = saying;
    const bool kept = understand_marker(marker);
    const bool is_marker =
        marker.kind == Saying::Kind::whiteout || marker.kind == Saying::Kind::opaque;
    if (kept && !is_marker && marker.kind != Saying::Kind::pool) {
      understand_link(marker, member, words);
    }
    if (kept) sayings.push_back(marker);
  }
  return sayings;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

std::vector<std::string> components_of(const std::string& path) {
  std::vector<std::string> components;
  std::string component;
  for (const char character : path + "/") {
    if (character != '/') {
      component += character;
    } else if (!component.empty()) {
      components.push_back(component);
      component.clear();
    }
  }
  return components;
}

}  // namespace imgops::naive
