// Lines are "PATH PACKAGE" in File and "PACKAGE" in the others, "/noawait" behind the package where
// nobody waits for the trigger to be worked off.
#include "libimgops/packages/dpkg_triggers.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace imgops {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view noawait = "/noawait";

struct Verb {
  std::string_view word;
  bool is_interest = false;
  TriggerWait wait = TriggerWait::awaited;
};
constexpr auto verbs = std::to_array<Verb>({{"interest", true, TriggerWait::awaited},
                                            {"interest-await", true, TriggerWait::awaited},
                                            {"interest-noawait", true, TriggerWait::not_awaited},
                                            {"activate", false, TriggerWait::awaited},
                                            {"activate-await", false, TriggerWait::awaited},
                                            {"activate-noawait", false, TriggerWait::not_awaited}});

// No empty part, no ".." and nothing that ends or splits a line.
bool is_path_name(std::string_view name) {
  if (!name.starts_with('/')) return false;
  const std::vector<std::string_view> parts = split_fields(name.substr(1), '/');
  return std::ranges::all_of(
      parts, [](std::string_view part) { return !part.empty() && part != "." && part != ".."; });
}

// dpkg's rule, and not one of its own files.
bool is_plain_name(std::string_view name) {
  const auto is_letter = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
  };
  if (name.empty() || name.size() > 200 || !is_letter(name.front())) return false;
  if (name == "File" || name == "Lock" || name == "Unincorp") return false;
  return std::ranges::all_of(name, [&](char letter) {
    return is_letter(letter) || letter == '-' || letter == '+' || letter == '.';
  });
}

bool is_trigger_name(std::string_view name) {
  const bool is_printable =
      std::ranges::all_of(name, [](char letter) { return letter > ' ' && letter < '\x7f'; });
  return is_printable && (is_path_name(name) || is_plain_name(name));
}

bool is_of(std::string_view line, const TriggerPackage& package) {
  const std::string_view name = line.substr(0, line.find('/'));
  return name == package.name || name == package.in_database;
}

std::string line_of(const TriggerPackage& package, const TriggerInterest& interest) {
  return package.in_database +
         (interest.wait == TriggerWait::not_awaited ? std::string(noawait) : "") + "\n";
}

bool has(std::span<const TriggerInterest> interests, std::string_view name) {
  return std::ranges::find(interests, name, &TriggerInterest::name) != interests.end();
}

}  // namespace

TriggerRequests parse_triggers(std::string_view document) {
  TriggerRequests requests;
  for (std::string_view line : split_lines(document)) {
    line = line.substr(0, line.find('#'));
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) continue;
    line = line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    const auto* const verb = std::ranges::find(verbs, word, &Verb::word);
    std::string_view name = line.substr(word.size());
    name.remove_prefix(std::min(name.find_first_not_of(blanks), name.size()));
    if (verb == verbs.end() || !is_trigger_name(name)) {
      throw Error(ErrorKind::corrupt, "triggers: cannot be read: " + printable(line));
    }
    if (!verb->is_interest) {
      requests.activated.emplace_back(name);
    } else if (!has(requests.interests, name)) {
      requests.interests.push_back({std::string(name), verb->wait});
    }
  }
  std::ranges::sort(requests.activated);
  const auto rest = std::ranges::unique(requests.activated);
  requests.activated.erase(rest.begin(), rest.end());
  return requests;
}

std::string with_path_interests(std::string_view file, const TriggerPackage& package,
                                std::span<const TriggerInterest> old,
                                std::span<const TriggerInterest> now) {
  std::string text;
  for (const std::string_view line : split_lines(file)) {
    const std::size_t blank = line.find_last_of(' ');
    const bool is_own = blank != std::string_view::npos && is_of(line.substr(blank + 1), package);
    if (is_own && has(old, line.substr(0, blank))) continue;
    if (is_own && has(now, line.substr(0, blank))) continue;
    text.append(line).append("\n");
  }
  for (const TriggerInterest& interest : now) {
    if (interest.is_path()) text += interest.name + " " + line_of(package, interest);
  }
  return text;
}

std::string with_interest(std::string_view file, const TriggerPackage& package,
                          std::string_view name, std::span<const TriggerInterest> now) {
  std::string text;
  for (const std::string_view line : split_lines(file)) {
    if (!is_of(line, package)) text.append(line).append("\n");
  }
  const auto interest = std::ranges::find(now, name, &TriggerInterest::name);
  if (interest != now.end()) text += line_of(package, *interest);
  return text;
}

}  // namespace imgops
