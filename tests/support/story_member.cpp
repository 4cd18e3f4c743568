#include "tests/support/story_member.hpp"

#include <fmt/format.h>

#include <charconv>
#include <tuple>
#include <utility>

namespace imgops::story {
namespace {

struct Kind {
  std::string_view word;
  char type;
  std::int64_t mode;
};
constexpr Kind kinds[] = {
    {"file", '0', 0644},      {"hardlink", '1', 0644}, {"symlink", '2', 0777},
    {"character", '3', 0644}, {"block", '4', 0644},    {"directory", '5', 0755},
    {"fifo", '6', 0644},      {"whiteout", '0', 0},    {"opaque", '0', 0},
    {"raw", '0', 0644},       {"sparse", '0', 0644}};

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The name an archive would hold for a path of a story: no leading slash, the root as "./".
std::string stored(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    throw BadStory(fmt::format("path \"{}\" does not begin with a slash", path));
  }
  return std::string(path.substr(1));
}

std::string marker_name(std::string_view kind, const std::string& name) {
  if (kind == "opaque") return name.empty() ? ".wh..wh..opq" : name + "/.wh..wh..opq";
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return ".wh." + name;
  return name.substr(0, slash + 1) + ".wh." + name.substr(slash + 1);
}

SparseForm parse_sparse_form(std::string_view text) {
  if (text == "0.0") return SparseForm::pax_0_0;
  if (text == "0.1") return SparseForm::pax_0_1;
  if (text == "1.0") return SparseForm::pax_1_0;
  if (text == "old") return SparseForm::old_gnu;
  throw BadStory(fmt::format("unknown sparse form {}", text));
}

std::pair<std::uint32_t, std::uint32_t> parse_device(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) throw BadStory("a device is MAJOR:MINOR");
  return {static_cast<std::uint32_t>(parse_number(text.substr(0, colon))),
          static_cast<std::uint32_t>(parse_number(text.substr(colon + 1)))};
}

std::pair<std::uint64_t, std::string> parse_run(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) throw BadStory("a run is OFFSET:\"data\"");
  return {static_cast<std::uint64_t>(parse_number(text.substr(0, colon))), text.substr(colon + 1)};
}

void expand_runs(Member& member) {
  member.body.assign(static_cast<std::size_t>(member.size.value_or(0)), '\0');
  member.size.reset();
  for (const auto& [offset, data] : member.runs) {
    member.body.replace(static_cast<std::size_t>(offset), data.size(), data);
  }
}

void assign_prefixed(Member& member, const std::string& key, const std::string& value) {
  if (starts_with(key, "xattr.")) {
    member.xattrs[key.substr(6)] = value;
  } else if (starts_with(key, "pax.")) {
    member.pax.emplace_back(key.substr(4), value);
  } else if (starts_with(key, "header.")) {
    member.header[key.substr(7)] = value;
  } else {
    throw BadStory(fmt::format("unknown attribute {}", key));
  }
}

void assign(Member& member, const std::string& key, const std::string& value) {
  if (key == "mode")
    member.mode = parse_number(value, 8);
  else if (key == "uid")
    member.uid = parse_number(value);
  else if (key == "gid")
    member.gid = parse_number(value);
  else if (key == "mtime")
    member.mtime = parse_time(value);
  else if (key == "size")
    member.size = static_cast<std::uint64_t>(parse_number(value));
  else if (key == "stored" || key == "name")
    member.name = value;
  else if (key == "link")
    member.link = value;
  else if (key == "body")
    member.body = value;
  else if (key == "form")
    member.sparse = parse_sparse_form(value);
  else if (key == "run")
    member.runs.push_back(parse_run(value));
  else if (key == "device")
    std::tie(member.major, member.minor) = parse_device(value);
  else if (key == "type" && value.size() == 1)
    member.type = value.front();
  else
    assign_prefixed(member, key, value);
}

void set_flag(Member& member, const Word& word) {
  if (word.text == "gnu")
    member.gnu_names = true;
  else if (word.text == "verbatim")
    member.copied = Member::Copied::verbatim;
  else if (word.text == "anew")
    member.copied = Member::Copied::anew;
  else
    throw BadStory(fmt::format("stray word {}", word.text));
}

Member bare_form(const std::vector<Word>& words) {
  Member member;
  const std::string& kind = words.front().text;
  member.form = kind == "global"      ? Form::global
                : kind == "extension" ? Form::extension
                                      : Form::bytes;
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (member.form == Form::bytes)
      member.body += words[at].text;
    else
      assign(member, words[at].key(), words[at].value());
  }
  return member;
}

// The words between path and attributes: content, target or device. Returns how many they are.
std::size_t take_operand(Member& member, std::string_view kind, const std::vector<Word>& words) {
  if (words.size() > 3 && words[2].text == "->") {
    member.link = words[3].text;
    return 2;
  }
  if (words.size() < 3 || words[2].is_assignment()) return 0;
  if (words[2].quoted) {
    member.body = words[2].text;
    return 1;
  }
  if (kind == "character" || kind == "block") {
    std::tie(member.major, member.minor) = parse_device(words[2].text);
    return 1;
  }
  return 0;
}

void start_named(Member& member, std::string_view kind, const std::string& path) {
  member.name = stored(path);
  if (kind == "whiteout" || kind == "opaque") {
    member.name = marker_name(kind, member.name);
    member.mtime = {};
  } else if (member.name.empty()) {
    member.name = "./";
  } else if (kind == "directory") {
    member.name += "/";
  }
}

}  // namespace

std::int64_t parse_number(std::string_view text, int base) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw BadStory(fmt::format("\"{}\" is no number", text));
  }
  return value;
}

Timestamp parse_time(std::string_view text) {
  const std::size_t dot = text.find('.');
  Timestamp time;
  time.seconds = parse_number(text.substr(0, dot));
  if (dot == std::string_view::npos) return time;
  std::string fraction(text.substr(dot + 1));
  fraction.resize(9, '0');
  time.nanoseconds = static_cast<std::uint32_t>(parse_number(fraction));
  if (text.front() == '-' && time.nanoseconds > 0) {
    time.seconds -= 1;
    time.nanoseconds = 1'000'000'000 - time.nanoseconds;
  }
  return time;
}

Member parse_member(const std::vector<Word>& words) {
  const std::string& word = words.front().text;
  if (word == "global" || word == "extension" || word == "bytes") return bare_form(words);
  const Kind* kind = nullptr;
  for (const Kind& known : kinds) {
    if (known.word == word) kind = &known;
  }
  if (kind == nullptr) throw BadStory(fmt::format("unknown member {}", word));
  Member member;
  member.type = kind->type;
  member.mode = kind->mode;
  std::size_t at = 1;
  if (word != "raw") {
    if (words.size() < 2) throw BadStory(fmt::format("{} wants a path", word));
    start_named(member, word, words[1].text);
    at = 2 + take_operand(member, word, words);
  }
  for (; at < words.size(); ++at) {
    if (words[at].is_assignment())
      assign(member, words[at].key(), words[at].value());
    else
      set_flag(member, words[at]);
  }
  if (member.sparse != SparseForm::none) expand_runs(member);
  if (member.sparse == SparseForm::old_gnu) member.type = 'S';
  return member;
}

ExpectedNode parse_node(const std::vector<Word>& words) {
  ExpectedNode node;
  if (words.size() < 2) throw BadStory("a node wants a path");
  node.type = words[0].text;
  node.path = stored(words[1].text);
  std::size_t at = 2;
  if (node.type == "link") {
    if (words.size() < 4 || words[2].text != "=") throw BadStory("link PATH = PATH");
    node.same_as = stored(words[3].text);
    return node;
  }
  if (words.size() > 3 && words[2].text == "->") {
    node.target = words[3].text;
    at = 4;
  }
  for (; at < words.size(); ++at) {
    const Word& word = words[at];
    if (word.quoted)
      node.content = word.text;
    else if (word.text == "implied")
      node.implied = true;
    else if (!word.is_assignment())
      node.device = parse_device(word.text);
    else if (word.key() == "mode")
      node.mode = static_cast<std::uint32_t>(parse_number(word.value(), 8));
    else if (word.key() == "uid")
      node.uid = static_cast<std::uint32_t>(parse_number(word.value()));
    else if (word.key() == "gid")
      node.gid = static_cast<std::uint32_t>(parse_number(word.value()));
    else if (word.key() == "mtime")
      node.mtime = parse_time(word.value());
    else if (starts_with(word.key(), "xattr."))
      node.xattrs[word.key().substr(6)] = word.value();
    else
      throw BadStory(fmt::format("unknown attribute {}", word.key()));
  }
  return node;
}

std::string member_text(const Member& member) {
  std::string text = "raw";
  if (member.form == Form::global) text = "global";
  if (member.form == Form::extension) text = "extension";
  if (member.form == Form::bytes) return "bytes " + quote(member.body);
  if (member.form == Form::member) {
    text += fmt::format(" name={} type={}", quote(member.name), quote(std::string(1, member.type)));
    if (!member.link.empty()) text += " link=" + quote(member.link);
    if (!member.body.empty()) text += " body=" + quote(member.body);
    text += fmt::format(" mode={:04o} uid={} gid={} mtime={}.{:09}", member.mode, member.uid,
                        member.gid, member.mtime.seconds, member.mtime.nanoseconds);
    if (member.type == '3' || member.type == '4') {
      text += fmt::format(" device={}:{}", member.major, member.minor);
    }
  }
  for (const auto& [name, value] : member.xattrs) text += " xattr." + name + "=" + quote(value);
  for (const auto& [name, value] : member.pax) text += " pax." + name + "=" + quote(value);
  return text;
}

}  // namespace imgops::story
