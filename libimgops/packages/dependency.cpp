#include "libimgops/packages/dependency.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/version.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace imgops {
namespace {

// Each dependency looks at all offers of a name.
constexpr std::size_t most_offers = 200;
constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

[[noreturn]] void fail(std::string_view relation) {
  throw Error(ErrorKind::corrupt, "dependency that cannot be read: " + printable(relation));
}

using Operator = std::pair<std::string_view, VersionRelation>;

// Longer ones first. A lone "<" or ">" once meant "or equal".
constexpr auto dpkg_operators = std::to_array<Operator>({{"<<", VersionRelation::earlier},
                                                         {"<=", VersionRelation::not_later},
                                                         {">=", VersionRelation::not_earlier},
                                                         {">>", VersionRelation::later},
                                                         {"=", VersionRelation::equal},
                                                         {"<", VersionRelation::not_later},
                                                         {">", VersionRelation::not_earlier}});

constexpr auto apk_operators = std::to_array<Operator>({{"<=", VersionRelation::not_later},
                                                        {">=", VersionRelation::not_earlier},
                                                        {"><", VersionRelation::any},
                                                        {"=~", VersionRelation::any},
                                                        {"<", VersionRelation::earlier},
                                                        {">", VersionRelation::later},
                                                        {"=", VersionRelation::equal},
                                                        {"~", VersionRelation::any}});

PackageRelation parse_relation(std::string_view text) {
  PackageRelation relation;
  const std::string_view whole = text;
  const std::size_t name_end = std::min(text.find_first_of(" \t\r\n([<"), text.size());
  std::string_view name = text.substr(0, name_end);
  text = trimmed(text.substr(name_end));
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    relation.architecture = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  relation.name = name;
  if (name.empty()) fail(whole);
  if (!text.starts_with('(')) return relation;
  const std::size_t end = text.find(')');
  if (end == std::string_view::npos) fail(whole);
  const std::string_view inside = trimmed(text.substr(1, end - 1));
  for (const auto& [mark, meaning] : dpkg_operators) {
    if (!inside.starts_with(mark)) continue;
    relation.relation = meaning;
    relation.version = trimmed(inside.substr(mark.size()));
    if (relation.version.empty()) fail(whole);
    return relation;
  }
  fail(whole);
}

PackageRelation parse_apk_relation(std::string_view word) {
  PackageRelation relation;
  const std::size_t end = std::min(word.find_first_of("<>=~"), word.size());
  relation.name = word.substr(0, end);
  const std::string_view rest = word.substr(end);
  for (const auto& [mark, meaning] : apk_operators) {
    if (!rest.starts_with(mark)) continue;
    relation.relation = meaning;
    if (meaning != VersionRelation::any) relation.version = rest.substr(mark.size());
    break;
  }
  return relation;
}

std::vector<Dependency> apk_words(std::string_view line, bool (*is_wanted)(std::string_view)) {
  std::vector<Dependency> dependencies;
  for (const std::string_view word : split_fields(line, ' ')) {
    if (word.empty() || !is_wanted(word)) continue;
    const std::string_view plain = word.starts_with('!') ? word.substr(1) : word;
    dependencies.push_back({{parse_apk_relation(plain)}, std::string(plain)});
  }
  return dependencies;
}

bool holds(std::strong_ordering order, VersionRelation relation) {
  switch (relation) {
    case VersionRelation::any:
      return true;
    case VersionRelation::earlier:
      return order < 0;
    case VersionRelation::not_later:
      return order <= 0;
    case VersionRelation::equal:
      return order == 0;
    case VersionRelation::not_earlier:
      return order >= 0;
    case VersionRelation::later:
      break;
  }
  return order > 0;
}

std::string native_architecture(std::span<const InstalledPackage> packages,
                                std::string_view architectures) {
  std::set<std::string_view> seen;
  for (const InstalledPackage& package : packages) {
    if (package.architecture == "all" || package.architecture.empty()) continue;
    if (package.name == "dpkg") return package.architecture;
    seen.insert(package.architecture);
  }
  for (const std::string_view line : split_lines(architectures)) {
    const std::string_view name = trimmed(line);
    if (!name.empty()) return std::string(name);
  }
  return std::string(seen.size() == 1 ? *seen.begin() : std::string_view());
}

}  // namespace

std::vector<Dependency> parse_dependencies(std::string_view field) {
  std::vector<Dependency> dependencies;
  for (const std::string_view part : split_fields(field, ',')) {
    const std::string_view text = trimmed(part);
    if (text.empty()) continue;
    Dependency dependency{{}, printable(text)};
    for (const std::string_view alternative : split_fields(text, '|')) {
      dependency.alternatives.push_back(parse_relation(trimmed(alternative)));
    }
    dependencies.push_back(std::move(dependency));
  }
  return dependencies;
}

bool admits(const PackageRelation& relation, std::string_view version) noexcept {
  return relation.relation == VersionRelation::any ||
         holds(compare_dpkg_versions(version, relation.version), relation.relation);
}

std::vector<Dependency> parse_apk_dependencies(std::string_view line) {
  return apk_words(line, [](std::string_view word) { return !word.starts_with('!'); });
}

std::vector<Dependency> parse_apk_conflicts(std::string_view line) {
  return apk_words(line, [](std::string_view word) { return word.starts_with('!'); });
}

PackageSet::PackageSet(std::span<const InstalledPackage> packages, std::string_view architectures)
    : order_(VersionOrder::dpkg), native_(native_architecture(packages, architectures)) {
  for (const InstalledPackage& package : packages) {
    const Offer itself{package.name, package.architecture, package.multi_arch, package.version};
    add(package.name, itself);
    for (const Dependency& provided : parse_dependencies(package.provides)) {
      Offer offer = itself;
      offer.version = provided.alternatives.front().version;
      add(provided.alternatives.front().name, offer);
    }
  }
}

PackageSet::PackageSet(std::span<const ApkPackage> packages) : order_(VersionOrder::apk) {
  for (const ApkPackage& package : packages) {
    const Offer itself{std::string(package.name), std::string(package.architecture), "",
                       std::string(package.version)};
    add(itself.package, itself);
    for (const Dependency& provided : parse_apk_dependencies(package.provides)) {
      Offer offer = itself;
      offer.version = provided.alternatives.front().version;
      add(provided.alternatives.front().name, offer);
    }
  }
}

void PackageSet::add(const std::string& name, const Offer& offer) {
  std::vector<Offer>& offers = offers_[name];
  if (offers.size() >= most_offers) {
    throw Error(ErrorKind::corrupt, "provided by too many packages: " + printable(name));
  }
  offers.push_back(offer);
}

bool PackageSet::is_match(const Offer& offer, const PackageRelation& relation) const {
  if (relation.relation == VersionRelation::any) return true;
  // What is provided without a version meets no relation that names one.
  if (offer.version.empty()) return false;
  const auto order = order_ == VersionOrder::dpkg
                         ? compare_dpkg_versions(offer.version, relation.version)
                         : compare_apk_versions(offer.version, relation.version);
  return holds(order, relation.relation);
}

// As dpkg judges: "any" is for packages that allow it, and "all" stands for the machine's own.
bool PackageSet::is_for(const Offer& offer, const PackageRelation& relation,
                        std::string_view architecture) const {
  if (order_ == VersionOrder::apk) return true;
  if (relation.architecture == "any") return offer.multi_arch == "allowed";
  const bool is_implied = relation.architecture.empty() || relation.architecture == "native";
  if (is_implied && offer.multi_arch == "foreign") return true;
  const std::string_view wanted = is_implied ? architecture : relation.architecture;
  const bool is_known = !native_.empty() || (offer.architecture != "all" && wanted != "all");
  const auto meant = [this](std::string_view name) { return name == "all" ? native_ : name; };
  return !is_known || meant(offer.architecture) == meant(wanted);
}

bool PackageSet::meets(const Dependency& dependency, std::string_view architecture) const {
  return std::ranges::any_of(dependency.alternatives, [&](const PackageRelation& relation) {
    const auto found = offers_.find(relation.name);
    return found != offers_.end() && std::ranges::any_of(found->second, [&](const Offer& offer) {
             return is_match(offer, relation) && is_for(offer, relation, architecture);
           });
  });
}

std::vector<std::string> PackageSet::matching(const Dependency& dependency,
                                              std::string_view except) const {
  std::set<std::string> names;
  for (const PackageRelation& relation : dependency.alternatives) {
    const auto found = offers_.find(relation.name);
    if (found == offers_.end()) continue;
    for (const Offer& offer : found->second) {
      if (offer.package != except && is_match(offer, relation)) names.insert(offer.package);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace imgops
