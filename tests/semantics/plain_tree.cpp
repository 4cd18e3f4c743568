#include "tests/semantics/plain_tree.hpp"

#include "libimgops/base/bytes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::test {
namespace {

constexpr std::int64_t largest_written_second = (std::int64_t{1} << 33) - 1;

// Collects what differs at one path.
class Findings {
 public:
  Findings(std::vector<std::string>& lines, std::string path)
      : lines_(lines), path_(std::move(path)) {}

  template <class Value>
  void compare(std::string_view what, const Value& left, const Value& right) {
    if (left != right) add(fmt::format("{} is {} and {}", what, show(left), show(right)));
  }
  void add(const std::string& text) {
    lines_.push_back(fmt::format("/{}: {}", printable(path_), text));
  }

 private:
  static std::string show(const std::string& text) {
    return text.size() > 200 ? fmt::format("{} bytes", text.size())
                             : fmt::format("\"{}\"", printable(text));
  }
  static std::string show(bool value) { return value ? "true" : "false"; }
  static std::string show(std::uint32_t value) { return fmt::format("{} (0{:o})", value, value); }
  static std::string show(const Timestamp& time) {
    return fmt::format("{}.{:09}", time.seconds, time.nanoseconds);
  }
  static std::string show(const std::pair<std::uint32_t, std::uint32_t>& device) {
    return fmt::format("{}:{}", device.first, device.second);
  }
  static std::string show(const std::map<std::string, std::string>& xattrs) {
    std::string text = "{";
    for (const auto& [name, value] : xattrs) text += fmt::format(" {}={}", name, show(value));
    return text + " }";
  }

  std::vector<std::string>& lines_;
  std::string path_;
};

Timestamp clamped(const Timestamp& time) {
  if (time.seconds < 0) return {};
  if (time.seconds > largest_written_second) return {largest_written_second, 0};
  return time;
}

bool same_time(const Timestamp& left, const Timestamp& right, Times times) {
  if (left == right) return true;
  if (times == Times::exact) return false;
  const Timestamp limited = clamped(left);
  // How a time beyond the end is cut below its second is nobody's business.
  return limited != left && limited.seconds == right.seconds;
}

void compare_nodes(const PlainNode& left, const PlainNode& right, Times times, Findings& findings) {
  findings.compare("type", left.type, right.type);
  findings.compare("mode", left.mode, right.mode);
  findings.compare("uid", left.uid, right.uid);
  findings.compare("gid", left.gid, right.gid);
  if (!left.implied && !right.implied && !same_time(left.mtime, right.mtime, times)) {
    findings.compare("mtime", left.mtime, right.mtime);
  }
  findings.compare("device", left.device, right.device);
  findings.compare("target", left.target, right.target);
  findings.compare("content", left.content, right.content);
  findings.compare("xattrs", left.xattrs, right.xattrs);
  findings.compare("group", left.group, right.group);
}

void compare_expected(const story::ExpectedNode& expected, const PlainNode& node,
                      Findings& findings) {
  findings.compare("type", expected.type, node.type);
  findings.compare("implied", expected.implied, node.implied);
  findings.compare("content", expected.content, node.content);
  findings.compare("target", expected.target, node.target);
  findings.compare("xattrs", expected.xattrs, node.xattrs);
  if (expected.mode) findings.compare("mode", *expected.mode, node.mode);
  if (expected.uid) findings.compare("uid", *expected.uid, node.uid);
  if (expected.gid) findings.compare("gid", *expected.gid, node.gid);
  if (expected.mtime) findings.compare("mtime", *expected.mtime, node.mtime);
  if (expected.device) findings.compare("device", *expected.device, node.device);
}

// The groups a story names: path to the first name, in byte order, of its file.
std::map<std::string, std::string> expected_groups(
    const std::vector<story::ExpectedNode>& expected) {
  std::map<std::string, std::vector<std::string>> members;
  for (const story::ExpectedNode& node : expected) {
    members[node.same_as.empty() ? node.path : node.same_as].push_back(node.path);
  }
  std::map<std::string, std::string> groups;
  for (const auto& [unused, paths] : members) {
    const std::string first = *std::min_element(paths.begin(), paths.end());
    for (const std::string& path : paths) groups[path] = first;
  }
  return groups;
}

}  // namespace

std::vector<std::string> differences(const PlainTree& left, const PlainTree& right, Times times) {
  std::vector<std::string> lines;
  for (const auto& [path, node] : left) {
    Findings findings(lines, path);
    const auto found = right.find(path);
    if (found == right.end())
      findings.add("only on the left");
    else
      compare_nodes(node, found->second, times, findings);
  }
  for (const auto& [path, node] : right) {
    if (left.count(path) == 0) Findings(lines, path).add("only on the right");
  }
  return lines;
}

std::vector<std::string> differences(const std::vector<story::ExpectedNode>& expected,
                                     const PlainTree& tree) {
  std::vector<std::string> lines;
  std::map<std::string, bool> named;
  const std::map<std::string, std::string> groups = expected_groups(expected);
  for (const story::ExpectedNode& node : expected) {
    Findings findings(lines, node.path);
    named[node.path] = true;
    const auto found = tree.find(node.path);
    if (found == tree.end()) {
      findings.add("missing");
      continue;
    }
    if (node.same_as.empty()) compare_expected(node, found->second, findings);
    findings.compare("group", groups.at(node.path), found->second.group);
  }
  for (const auto& [path, node] : tree) {
    if (!path.empty() && named.count(path) == 0) {
      Findings(lines, path).add(fmt::format("not in the story, a {}", node.type));
    }
  }
  return lines;
}

std::string to_text(const PlainTree& tree) {
  std::string text;
  for (const auto& [path, node] : tree) {
    text += fmt::format("{} /{}{} {:04o} {}:{} {}.{:09}", node.type, printable(path),
                        node.implied ? " implied" : "", node.mode, node.uid, node.gid,
                        node.mtime.seconds, node.mtime.nanoseconds);
    if (node.type == "file") text += fmt::format(" \"{}\"", printable(node.content.substr(0, 80)));
    if (!node.target.empty()) text += " -> " + printable(node.target);
    if (node.group != path) text += " = /" + printable(node.group);
    for (const auto& [name, value] : node.xattrs) {
      text += fmt::format(" {}={}", printable(name), printable(value.substr(0, 80)));
    }
    text += "\n";
  }
  return text;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace imgops::test
