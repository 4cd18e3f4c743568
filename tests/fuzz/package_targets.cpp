#include "libimgops/base/error.hpp"
#include "libimgops/packages/accounts.hpp"
#include "libimgops/packages/apk_installed.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/packages/dependency.hpp"
#include "libimgops/packages/dpkg_info.hpp"
#include "libimgops/packages/dpkg_status.hpp"
#include "libimgops/packages/dpkg_triggers.hpp"
#include "libimgops/packages/elf.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/text_lines.hpp"
#include "libimgops/packages/version.hpp"
#include "tests/fuzz/package_seeds.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>

namespace imgops::fuzz {
namespace {

struct Texts {
  std::string_view base, ours, theirs;
  ThreeVersions versions() const { return {base, ours, theirs}; }
};

Texts split(std::string_view bytes) {
  std::array<std::string_view, 3> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(bytes.find(between_texts), bytes.size());
    part = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return {parts[0], parts[1], parts[2]};
}

std::string with_last_break(std::string_view text) {
  std::string result(text);
  if (!result.empty() && !result.ends_with('\n')) result += '\n';
  return result;
}

template <class Read>
void refuses_only_corrupt(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt, "documents are corrupt or sound");
  }
}

void check_ascending(std::strong_ordering one, std::strong_ordering other) {
  require((one < 0) == (other > 0) && (one == 0) == (other == 0), "versions have one order");
}

void check_packages(std::string_view text) {
  const ControlFile file = ControlFile::parse(text);
  require(file.print() == with_last_break(text), "paragraphs come back");
  const auto packages = installed_packages(file);
  const PackageSet set(packages);
  for (const InstalledPackage& package : packages) {
    for (const Dependency& dependency : parse_dependencies(package.depends)) {
      set.meets(dependency, package.architecture);
      set.matching(dependency, package.name);
    }
    const std::string& other = packages.front().version;
    check_ascending(compare_dpkg_versions(package.version, other),
                    compare_dpkg_versions(other, package.version));
  }
}

void check_triggers(std::string_view file, std::string_view document) {
  const TriggerPackage package{"libc6", "libc6:amd64"};
  const TriggerRequests requests = parse_triggers(document);
  const auto enter = [&](std::string_view text) {
    return with_path_interests(text, package, requests.interests, requests.interests);
  };
  const std::string once = enter(file);
  require(enter(once) == once, "interests that are entered stay as they are");
  for (const TriggerInterest& interest : requests.interests) {
    const std::string text = with_interest(file, package, interest.name, requests.interests);
    require(text == with_interest(text, package, interest.name, requests.interests),
            "an interest is entered once");
  }
}

}  // namespace

void control(std::string_view bytes) {
  const Texts texts = split(bytes);
  refuses_only_corrupt([&] { check_packages(texts.ours); });
  refuses_only_corrupt([&] { check_triggers(texts.base, texts.ours); });
  const MergedText merged = merge_dpkg_status(texts.versions(), MergePolicy::fail);
  if (merged.text) ControlFile::parse(*merged.text);
  merge_dpkg_status(texts.versions(), MergePolicy::theirs);
  merge_diversions(texts.versions(), MergePolicy::fail);
  merge_stat_overrides(texts.versions(), MergePolicy::ours);
  merge_checksums(texts.versions(), MergePolicy::theirs);
  if (const MergedText file = merge_alternatives(texts.versions(), MergePolicy::ours); file.text) {
    const MergedText again =
        merge_alternatives({*file.text, *file.text, *file.text}, MergePolicy::fail);
    require(again.text == file.text, "alternatives that were merged are read");
  }
}

void apk(std::string_view bytes) {
  const Texts texts = split(bytes);
  refuses_only_corrupt([&] {
    const auto packages = parse_apk_installed(texts.ours);
    const PackageSet set(packages);
    for (const ApkPackage& package : packages) {
      for (const Dependency& one : parse_apk_dependencies(package.depends)) set.meets(one, "");
      const std::string_view other = packages.front().version;
      check_ascending(compare_apk_versions(package.version, other),
                      compare_apk_versions(other, package.version));
    }
  });
  if (const auto merged = merge_apk_installed(texts.versions(), MergePolicy::ours); merged.text) {
    parse_apk_installed(*merged.text);
  }
  merge_apk_scripts(texts.versions(), MergePolicy::fail);
}

void accounts(std::string_view bytes) {
  const Texts texts = split(bytes);
  for (const AccountFile file : {AccountFile::passwd, AccountFile::group, AccountFile::shadow,
                                 AccountFile::gshadow, AccountFile::subordinate_ids}) {
    merge_accounts(file, texts.versions(), MergePolicy::fail);
    const MergedText same =
        merge_accounts(file, {texts.base, texts.base, texts.base}, MergePolicy::fail);
    if (same.text) require(*same.text == with_last_break(texts.base), "unchanged accounts stay");
  }
}

void elf(std::string_view bytes) {
  refuses_only_corrupt([&] { read_elf(StringAccess(std::string(bytes))); });
}

void text_merge(std::string_view bytes) {
  const Texts texts = split(bytes);
  const MergedText merged = merge_by_lines(texts.versions());
  require(merge_by_lines({texts.base, texts.theirs, texts.ours}).text == merged.text,
          "sides can be swapped");
  require(merge_by_lines({texts.base, texts.ours, texts.base}).text == texts.ours,
          "one changed side is the result");
  merge_line_set(texts.versions());
}

}  // namespace imgops::fuzz
