#include "libimgops/dockerfile/dialects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

namespace imgops {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> groups = {{
    {"CMD", "Cmd"},
    {"ENTRYPOINT", "Entrypoint"},
    {"ENV", "Env"},
    {"EXPOSE", "ExposedPorts"},
    {"HEALTHCHECK", "Healthcheck"},
    {"LABEL", "Labels"},
    {"MAINTAINER", "author"},
    {"ONBUILD", "OnBuild"},
    {"SHELL", "Shell"},
    {"STOPSIGNAL", "StopSignal"},
    {"USER", "User"},
    {"VOLUME", "Volumes"},
    {"WORKDIR", "WorkingDir"},
}};

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_port = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_port && port <= 65535 ? std::optional(port) : std::nullopt;
}

bool is_protocol(std::string_view text) {
  return text == "tcp" || text == "udp" || text == "sctp";
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

// The ports of one specification, appended to `names`.
bool add_ports(std::string_view text, PortRange range, std::vector<std::string>& names) {
  const std::size_t slash = text.find('/');
  const std::string protocol =
      slash == std::string_view::npos ? "tcp" : lower(text.substr(slash + 1));
  text = text.substr(0, slash);
  text = text.substr(text.rfind(':') + 1);  // what stands before is the host's
  const std::size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *first > *last || !is_protocol(protocol)) return false;
  if (range == PortRange::whole && *first != *last) {
    names.push_back(fmt::format("{}-{}/{}", *first, *last, protocol));
    return true;
  }
  for (unsigned port = *first; port <= *last; ++port) {
    names.push_back(fmt::format("{}/{}", port, protocol));
  }
  return true;
}

}  // namespace

std::string_view group_of(std::string_view keyword) {
  const auto* const found =
      std::ranges::find(groups, keyword, &std::pair<std::string_view, std::string_view>::first);
  return found == groups.end() ? std::string_view() : found->second;
}

Setting text_setting(std::string_view group, std::string_view value) {
  return {std::string(group), "", std::string(value)};
}

Setting list_setting(std::string_view group, const std::vector<std::string>& items) {
  return {std::string(group), "", Json(items)};
}

std::vector<Setting> set_settings(std::string_view group, std::span<const std::string> keys) {
  std::vector<Setting> settings;
  for (const std::string& key : keys) {
    settings.push_back({std::string(group), key, Json::object()});
  }
  return settings;
}

ReadSettings port_settings(std::span<const std::string> ports, PortRange range) {
  std::vector<std::string> names;
  for (const std::string& port : ports) {
    if (!add_ports(port, range, names)) return std::nullopt;
  }
  return set_settings("ExposedPorts", names);
}

Setting directory_setting(const Settings& so_far, std::string_view directory) {
  if (directory.starts_with('/')) return text_setting("WorkingDir", directory);
  const Setting* const before = so_far.find("WorkingDir");
  if (before != nullptr && !before->value.is_string()) return {"WorkingDir", "", nullptr};
  std::filesystem::path path = before == nullptr ? "/" : before->value.get<std::string>();
  path = (std::filesystem::path("/") / path / directory).lexically_normal();
  std::string text = path.string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text_setting("WorkingDir", text);
}

}  // namespace imgops
