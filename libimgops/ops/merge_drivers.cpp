// Each driver is a list of patterns with the merge for what they match; the first match counts.
#include "libimgops/ops/merge_drivers.hpp"

#include "libimgops/base/glob.hpp"
#include "libimgops/ops/generated_files.hpp"
#include "libimgops/packages/accounts.hpp"
#include "libimgops/packages/apk_installed.hpp"
#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/dpkg_info.hpp"
#include "libimgops/packages/dpkg_status.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/rpm_database.hpp"
#include "libimgops/packages/text_lines.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace imgops {
namespace {

using DocumentMerge = MergedText (*)(const ThreeVersions& versions, MergePolicy policy);

struct Document {
  std::string_view glob;
  DocumentMerge merge;
};

MergedText merge_lines(const ThreeVersions& versions, MergePolicy) {
  return merge_line_set(versions);
}

// Which packages apt installed by itself.
MergedText merge_extended_states(const ThreeVersions& versions, MergePolicy policy) {
  return merge_control_files(versions, {{"Package", "Architecture"}, {}, policy, policy},
                             "packages");
}

// Answers are the user's; who asks for them is a set.
MergedText merge_debconf_answers(const ThreeVersions& versions, MergePolicy policy) {
  return merge_control_files(versions, {{"Name"}, {"Owners"}, policy, policy}, "questions");
}

// Texts of questions come with each version of a package, so the newer base's are as good as any.
MergedText merge_debconf_templates(const ThreeVersions& versions, MergePolicy) {
  return merge_control_files(
      versions, {{"Name"}, {"Owners"}, MergePolicy::theirs, MergePolicy::theirs}, "templates");
}

template <AccountFile file>
MergedText merge_account_file(const ThreeVersions& versions, MergePolicy policy) {
  return merge_accounts(file, versions, policy);
}

// The copy before the last change: where it cannot be merged, theirs will do.
template <AccountFile file>
MergedText merge_account_backup(const ThreeVersions& versions, MergePolicy policy) {
  MergedText merged = merge_accounts(file, versions, policy);
  if (!merged.text) merged = {std::string(versions.theirs), "a backup: theirs taken"};
  return merged;
}

constexpr auto dpkg_documents = std::to_array<Document>({
    {"var/lib/dpkg/status.d/*.md5sums", merge_checksums},
    {"var/lib/dpkg/status.d/*", merge_dpkg_status},
    {"var/lib/dpkg/status", merge_dpkg_status},
    {"var/lib/dpkg/info/*.md5sums", merge_checksums},
    {"var/lib/dpkg/info/*.list", merge_lines},
    {"var/lib/dpkg/info/*.conffiles", merge_lines},
    {"var/lib/dpkg/diversions", merge_diversions},
    {"var/lib/dpkg/statoverride", merge_stat_overrides},
    {"var/lib/dpkg/alternatives/*", merge_alternatives},
    {"var/lib/dpkg/triggers/*", merge_lines},
    {"var/lib/dpkg/arch", merge_lines},
    {"var/lib/apt/extended_states", merge_extended_states},
    {"var/cache/debconf/config.dat", merge_debconf_answers},
    {"var/cache/debconf/passwords.dat", merge_debconf_answers},
    {"var/cache/debconf/templates.dat", merge_debconf_templates},
    {"var/lib/ucf/hashfile", merge_checksums},
    {"var/lib/ucf/registry", merge_lines},
});

constexpr auto apk_documents = std::to_array<Document>({
    {"lib/apk/db/installed", merge_apk_installed},
    {"lib/apk/db/scripts.tar", merge_apk_scripts},
    {"lib/apk/db/triggers", merge_lines},
    {"usr/lib/apk/db/installed", merge_apk_installed},
    {"usr/lib/apk/db/scripts.tar", merge_apk_scripts},
    {"usr/lib/apk/db/triggers", merge_lines},
    {"etc/apk/world", merge_lines},
});

constexpr auto account_documents = std::to_array<Document>({
    {"etc/passwd", merge_account_file<AccountFile::passwd>},
    {"etc/group", merge_account_file<AccountFile::group>},
    {"etc/shadow", merge_account_file<AccountFile::shadow>},
    {"etc/gshadow", merge_account_file<AccountFile::gshadow>},
    {"etc/sub[ug]id", merge_account_file<AccountFile::subordinate_ids>},
    {"etc/passwd-", merge_account_backup<AccountFile::passwd>},
    {"etc/group-", merge_account_backup<AccountFile::group>},
    {"etc/shadow-", merge_account_backup<AccountFile::shadow>},
    {"etc/gshadow-", merge_account_backup<AccountFile::gshadow>},
    {"etc/sub[ug]id-", merge_account_backup<AccountFile::subordinate_ids>},
});

constexpr auto list_documents = std::to_array<Document>({
    {"etc/shells", merge_lines},
    {"var/lib/shells.state", merge_lines},
    {"var/lib/systemd/deb-systemd-helper-*/**", merge_lines},
});

class DocumentDriver final : public MergeDriver {
 public:
  DocumentDriver(std::string_view name, std::span<const Document> documents, MergePolicy policy)
      : name_(name), documents_(documents), policy_(policy) {}

  std::string_view name() const noexcept override { return name_; }
  bool handles(std::string_view path) const override { return find(path) != nullptr; }
  DriverOutcome merge(std::string_view path, const ThreeTexts& texts) const override {
    const Document* const document = find(path);
    if (document == nullptr) return {std::nullopt, "no document of this driver"};
    MergedText merged = document->merge({texts.base, texts.ours, texts.theirs}, policy_);
    return {std::move(merged.text), std::move(merged.reason)};
  }

 private:
  const Document* find(std::string_view path) const {
    const auto found = std::ranges::find_if(
        documents_, [&](const Document& one) { return matches_glob(one.glob, path); });
    return found == documents_.end() ? nullptr : &*found;
  }

  std::string_view name_;
  std::span<const Document> documents_;
  MergePolicy policy_;
};

class RpmDriver final : public MergeDriver {
 public:
  std::string_view name() const noexcept override { return "rpm"; }
  bool handles(std::string_view path) const override {
    return matches_glob("var/lib/rpm/**", path) || matches_glob("usr/lib/sysimage/rpm/**", path);
  }
  DriverOutcome merge(std::string_view, const ThreeTexts& texts) const override {
    const std::string_view ours = imgops::name(rpm_database(texts.ours));
    const std::string_view theirs = imgops::name(rpm_database(texts.theirs));
    const std::string kind =
        ours == theirs ? std::string(ours)
                       : std::string(ours) + " in ours, " + std::string(theirs) + " in theirs";
    return {std::nullopt, "an rpm database (" + kind +
                              ") is not merged: build the app's packages on the new base, or take "
                              "one side's database with --resolve"};
  }
};

// A log grows at its end. What ours added stands behind what theirs has; where ours began a new
// one, or it is a table and no text, theirs is taken: nothing runs on it.
class LogDriver final : public MergeDriver {
 public:
  std::string_view name() const noexcept override { return "log"; }
  bool handles(std::string_view path) const override { return matches_glob("var/log/**", path); }
  DriverOutcome merge(std::string_view, const ThreeTexts& texts) const override {
    const std::string_view base = texts.base.value_or(std::string_view());
    const bool is_text = texts.ours.find('\0') == std::string_view::npos &&
                         texts.theirs.find('\0') == std::string_view::npos;
    if (!is_text || !texts.ours.starts_with(base)) {
      return {std::string(texts.theirs), "theirs taken"};
    }
    return {std::string(texts.theirs) + std::string(texts.ours.substr(base.size())), {}};
  }
};

class CacheDriver final : public MergeDriver {
 public:
  std::string_view name() const noexcept override { return "cache"; }
  bool handles(std::string_view path) const override {
    return find_generated_file(path) != nullptr;
  }
  DriverOutcome merge(std::string_view path, const ThreeTexts& texts) const override {
    const GeneratedFile* const file = find_generated_file(path);
    if (file == nullptr) return {std::nullopt, "no generated file"};
    if (file->made_by.empty()) return {std::string(texts.theirs), "theirs taken"};
    return {std::string(texts.theirs),
            "theirs taken, without what ours added; made anew by " + std::string(file->made_by),
            true};
  }
};

class TextDriver final : public MergeDriver {
 public:
  // Paths are matched without a leading slash, so that patterns have none either.
  explicit TextDriver(std::vector<std::string> globs) : globs_(std::move(globs)) {
    for (std::string& glob : globs_) glob.erase(0, glob.find_first_not_of('/'));
  }

  std::string_view name() const noexcept override { return "text"; }
  bool handles(std::string_view path) const override {
    return path.starts_with("etc/") || std::ranges::any_of(globs_, [&](const std::string& glob) {
             return matches_glob(glob, path);
           });
  }
  DriverOutcome merge(std::string_view, const ThreeTexts& texts) const override {
    for (const std::string_view text :
         {texts.base.value_or(std::string_view()), texts.ours, texts.theirs}) {
      if (text.find('\0') != std::string_view::npos) return {std::nullopt, "no text"};
    }
    MergedText merged = merge_by_lines({texts.base, texts.ours, texts.theirs});
    return {std::move(merged.text), std::move(merged.reason)};
  }

 private:
  std::vector<std::string> globs_;
};

}  // namespace

std::vector<std::shared_ptr<const MergeDriver>> standard_merge_drivers(
    const MergeDriverOptions& options) {
  const MergePolicy policy = options.policy;
  std::vector<std::shared_ptr<const MergeDriver>> drivers;
  drivers.push_back(std::make_shared<DocumentDriver>("dpkg", dpkg_documents, policy));
  drivers.push_back(std::make_shared<DocumentDriver>("apk", apk_documents, policy));
  drivers.push_back(std::make_shared<RpmDriver>());
  drivers.push_back(std::make_shared<DocumentDriver>("accounts", account_documents, policy));
  drivers.push_back(std::make_shared<DocumentDriver>("lists", list_documents, policy));
  drivers.push_back(std::make_shared<LogDriver>());
  drivers.push_back(std::make_shared<CacheDriver>());
  drivers.push_back(std::make_shared<TextDriver>(options.text_globs));
  return drivers;
}

}  // namespace imgops
