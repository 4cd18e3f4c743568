// Docker's grammar: [HOST[:PORT]/]component(/component)*[:tag]. The first component is a host when
// it has a dot or a colon or is "localhost"; a host may have capitals, the rest of the name may
// not.
#include "libimgops/image/reference.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

bool is_lower(char character) {
  return character >= 'a' && character <= 'z';
}
bool is_digit(char character) {
  return character >= '0' && character <= '9';
}
bool is_lower_or_digit(char character) {
  return is_lower(character) || is_digit(character);
}
bool is_letter_or_digit(char character) {
  return is_lower_or_digit(character) || (character >= 'A' && character <= 'Z');
}

// Takes the front characters for which `belongs` holds; whether there was one.
bool take_run(std::string_view& text, bool (*belongs)(char)) {
  const auto* const end = std::ranges::find_if_not(text, belongs);
  const auto length = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(length);
  return length > 0;
}

// One of - . _ : @ + or two dashes.
void take_name_separator(std::string_view& text) {
  if (text.starts_with("--")) {
    text.remove_prefix(2);
  } else if (!text.empty() && std::string_view("-._:@+").find(text.front()) != text.npos) {
    text.remove_prefix(1);
  }
}

// One dot, one or two underscores, any number of dashes.
void take_path_separator(std::string_view& text) {
  if (text.starts_with("__")) {
    text.remove_prefix(2);
  } else if (text.starts_with("_") || text.starts_with(".")) {
    text.remove_prefix(1);
  } else {
    take_run(text, [](char character) { return character == '-'; });
  }
}

// Whether all of `text` is runs of `belongs` with one separator between each two.
bool is_component(std::string_view text, bool (*belongs)(char),
                  void (*take_separator)(std::string_view&)) {
  while (take_run(text, belongs)) {
    if (text.empty()) return true;
    const std::size_t left = text.size();
    take_separator(text);
    if (text.size() == left) return false;
  }
  return false;
}

template <class Predicate>
bool all_components(std::string_view text, char separator, const Predicate& predicate) {
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator)) {
    if (!predicate(text.substr(0, end))) return false;
    text.remove_prefix(end + 1);
  }
  return predicate(text);
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char character) {
           return is_letter_or_digit(character) || character == '-';
         });
}

bool is_host(std::string_view host) {
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || !std::ranges::all_of(port, is_digit)) return false;
  }
  return all_components(host.substr(0, colon), '.', is_host_label);
}

bool is_tag(std::string_view tag) {
  constexpr std::size_t longest_tag = 128;
  return !tag.empty() && tag.size() <= longest_tag && tag.front() != '.' && tag.front() != '-' &&
         std::ranges::all_of(tag, [](char character) {
           return is_letter_or_digit(character) || character == '_' || character == '.' ||
                  character == '-';
         });
}

// 64 hexadecimal digits would be taken for an image id.
bool is_image_id(std::string_view path) {
  return path.size() == 64 && std::ranges::all_of(path, [](char character) {
           return is_digit(character) || (character >= 'a' && character <= 'f');
         });
}

struct DockerName {
  std::string_view host;  // empty when none is written
  std::string_view path;
  std::string_view tag;  // "latest" when none is written
};

std::optional<DockerName> parse_docker_name(std::string_view name) {
  DockerName result{{}, name, "latest"};
  const std::size_t first_slash = name.find('/');
  if (first_slash != std::string_view::npos) {
    const std::string_view first = name.substr(0, first_slash);
    if (first.find_first_of(".:") != std::string_view::npos || first == "localhost") {
      if (!is_host(first)) return std::nullopt;
      result.host = first;
      result.path = name.substr(first_slash + 1);
    }
  }
  const std::size_t colon = result.path.find(':');
  if (colon != std::string_view::npos) {
    result.tag = result.path.substr(colon + 1);
    result.path = result.path.substr(0, colon);
  }
  constexpr std::size_t longest_name = 255;
  const auto is_path_component = [](std::string_view component) {
    return is_component(component, is_lower_or_digit, take_path_separator);
  };
  const bool sound = is_tag(result.tag) && all_components(result.path, '/', is_path_component) &&
                     result.host.size() + 1 + result.path.size() <= longest_name &&
                     (!result.host.empty() || !is_image_id(result.path));
  return sound ? std::optional(result) : std::nullopt;
}

}  // namespace

bool is_reference_name(std::string_view name) noexcept {
  return all_components(name, '/', [](std::string_view component) {
    return is_component(component, is_letter_or_digit, take_name_separator);
  });
}

std::optional<std::string> docker_reference(std::string_view name) {
  const auto parsed = parse_docker_name(name);
  if (!parsed) return std::nullopt;
  std::string result(parsed->host);
  if (!result.empty()) result += "/";
  return result.append(parsed->path).append(":").append(parsed->tag);
}

std::optional<std::string> full_reference(std::string_view name) {
  const auto parsed = parse_docker_name(name);
  if (!parsed) return std::nullopt;
  const bool is_hub =
      parsed->host.empty() || parsed->host == "docker.io" || parsed->host == "index.docker.io";
  std::string result(is_hub ? "docker.io" : parsed->host);
  result += "/";
  if (is_hub && parsed->path.find('/') == std::string_view::npos) result += "library/";
  result.append(parsed->path).append(":").append(parsed->tag);
  // What is added may make it too long.
  return parse_docker_name(result) ? std::optional(std::move(result)) : std::nullopt;
}

std::string familiar_reference(std::string_view name) {
  for (const std::string_view prefix : {"docker.io/library/", "docker.io/"}) {
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      return std::string(name.substr(prefix.size()));
    }
  }
  return std::string(name);
}

}  // namespace imgops
