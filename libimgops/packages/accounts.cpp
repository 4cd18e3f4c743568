#include "libimgops/packages/accounts.hpp"

#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/keyed_merge.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {
namespace {

struct Account {
  std::string key;                  // the name; of odd lines (comments, "+") the whole line
  std::vector<std::string> fields;  // empty for odd lines
  std::string line;
};

struct Form {
  std::size_t field_count;
  std::size_t id_field;           // 0: none
  std::vector<std::size_t> sets;  // fields that are lists of names
  std::size_t day_field;          // 0: none
  std::string_view what;
};

Form form_of(AccountFile file) {
  switch (file) {
    case AccountFile::passwd:
      return {7, 2, {}, 0, "users"};
    case AccountFile::group:
      return {4, 2, {3}, 0, "groups"};
    case AccountFile::shadow:
      return {9, 0, {}, 2, "users"};
    case AccountFile::gshadow:
      return {4, 0, {2, 3}, 0, "groups"};
    case AccountFile::subordinate_ids:
      break;
  }
  return {3, 0, {}, 0, "ranges"};
}

std::string joined(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

std::vector<Account> accounts_of(std::string_view text, AccountFile file) {
  const Form form = form_of(file);
  std::vector<Account> accounts;
  std::map<std::string_view, std::size_t> odd_lines;
  for (const std::string_view line : split_lines(text)) {
    Account account;
    account.line = line;
    const std::vector<std::string_view> fields = split_fields(line, ':');
    const bool is_account = fields.size() == form.field_count && !fields[0].empty() &&
                            !line.starts_with('#') && !line.starts_with('+') &&
                            !line.starts_with('-');
    if (is_account) {
      account.fields.assign(fields.begin(), fields.end());
      // A user may have several ranges.
      const bool is_range = file == AccountFile::subordinate_ids;
      account.key = is_range ? account.fields[0] + ':' + account.fields[1] : account.fields[0];
    } else {
      account.key = std::string(line) + '\n' + std::to_string(++odd_lines[line]);
    }
    accounts.push_back(std::move(account));
  }
  return accounts;
}

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  for (const std::string_view name : split_fields(list, ',')) {
    if (!name.empty() && seen.insert(name).second) names.emplace_back(name);
  }
  return names;
}

std::string merge_names(const std::string& base, const std::string& ours,
                        const std::string& theirs) {
  const std::vector<std::string> none = names_of(base);
  const std::vector<std::string> one = names_of(ours);
  const std::vector<std::string> other = names_of(theirs);
  const auto merged = merge_keyed<std::string>(
      {none, one, other}, [](const std::string& name) { return name; }, std::equal_to<>(),
      [](const auto&) { return std::optional<std::string>(); }, MergePolicy::theirs);
  return joined(merged.records, ',');
}

// Both sides changed one name: only in lists and in the day, or there is a conflict.
std::optional<Account> settle(const ThreeRecords<Account>& records, const Form& form) {
  if (records.ours == nullptr || records.theirs == nullptr) return std::nullopt;
  if (records.ours->fields.empty() || records.theirs->fields.empty()) return std::nullopt;
  Account merged = *records.theirs;
  for (std::size_t at = 1; at < form.field_count; ++at) {
    const std::string& ours = records.ours->fields[at];
    const std::string& theirs = records.theirs->fields[at];
    const bool has_base = records.base != nullptr && !records.base->fields.empty();
    const std::string base = has_base ? records.base->fields[at] : std::string();
    if (std::ranges::find(form.sets, at) != form.sets.end()) {
      merged.fields[at] = merge_names(base, ours, theirs);
    } else if (ours != theirs && at != form.day_field) {
      // A change of one side alone goes with changes of lists, not with another change.
      if (!has_base || form.sets.empty()) return std::nullopt;
      if (base != ours && base != theirs) return std::nullopt;
      merged.fields[at] = base == ours ? theirs : ours;
    }
  }
  merged.line = joined(merged.fields, ':');
  return merged;
}

// Names by id, those that have one in common only.
std::map<std::string, std::set<std::string>> shared_ids(const std::vector<Account>& accounts,
                                                        std::size_t id_field) {
  std::map<std::string, std::set<std::string>> names;
  for (const Account& account : accounts) {
    if (!account.fields.empty()) names[account.fields[id_field]].insert(account.key);
  }
  std::erase_if(names, [](const auto& item) { return item.second.size() < 2; });
  return names;
}

// An id that several names of a merge have although no side had it so, and those names.
struct SharedId {
  std::string id;
  std::set<std::string> names;
};

std::vector<SharedId> newly_shared(const std::vector<Account>& merged,
                                   const std::vector<Account>& ours,
                                   const std::vector<Account>& theirs, std::size_t id_field) {
  const auto in_ours = shared_ids(ours, id_field);
  const auto in_theirs = shared_ids(theirs, id_field);
  const auto was = [](const auto& shared, const std::string& id, const auto& names) {
    const auto found = shared.find(id);
    return found != shared.end() && std::ranges::includes(found->second, names);
  };
  std::vector<SharedId> result;
  for (auto& [id, names] : shared_ids(merged, id_field)) {
    if (!was(in_ours, id, names) && !was(in_theirs, id, names)) result.push_back({id, names});
  }
  return result;
}

std::string description(const SharedId& shared) {
  std::string text = shared.id;
  for (const std::string& name : shared.names) {
    text += (name == *shared.names.begin() ? " of " : " and ") + name;
  }
  return text;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value).ptr;
  if (end != text.data() + text.size() || value > UINT32_MAX) {
    throw Error(ErrorKind::corrupt, "subordinate ids: a range that is none");
  }
  return value;
}

// Keys of ranges that have a number in common with one before them, and of those they have it with.
std::set<std::string> overlapping(const std::vector<Account>& ranges) {
  struct Range {
    std::uint64_t first, end;
    const Account* account;
  };
  std::vector<Range> sorted;
  for (const Account& account : ranges) {
    if (account.fields.empty()) continue;
    const std::uint64_t first = number(account.fields[1]);
    sorted.push_back({first, first + number(account.fields[2]), &account});
  }
  std::ranges::stable_sort(sorted, {}, &Range::first);
  std::set<std::string> keys;
  const Range* widest = nullptr;  // the one that reaches furthest so far
  for (const Range& range : sorted) {
    if (widest != nullptr && range.first < widest->end) {
      keys.insert(widest->account->key);
      keys.insert(range.account->key);
    }
    if (widest == nullptr || range.end > widest->end) widest = &range;
  }
  return keys;
}

// Rounds of settling clashes: what gives way may clash anew, with what the other side renumbered.
constexpr int most_rounds = 16;

// Names that no side had together under one id, and ranges that no side let overlap, become as the
// side has them whom the policy prefers, which may be not at all; every other record stays merged.
class Clashes {
 public:
  Clashes(AccountFile file, const std::vector<Account>& ours, const std::vector<Account>& theirs,
          MergePolicy policy)
      : file_(file), ours_(ours), theirs_(theirs), policy_(policy) {
    for (const Account& account : policy == MergePolicy::ours ? ours : theirs) {
      preferred_.emplace(account.key, &account);
    }
  }

  // False when a clash is left; then reason() says which, else what was settled.
  bool settle(std::vector<Account>& merged) {
    for (int round = 0; round < most_rounds; ++round) {
      const std::set<std::string> keys = find(merged);
      if (keys.empty()) {
        if (!reason_.empty()) reason_.insert(reason_.find(':'), kept_words());
        return true;
      }
      if (policy_ == MergePolicy::fail || !give_way(merged, keys)) return false;
    }
    return false;
  }
  const std::string& reason() const noexcept { return reason_; }

 private:
  std::string_view kept_words() const {
    return policy_ == MergePolicy::ours ? ", ours kept" : ", theirs kept";
  }

  // Keys of the records that clash. The first clashes found are the reason.
  std::set<std::string> find(const std::vector<Account>& merged) {
    std::set<std::string> keys;
    std::vector<std::string> descriptions;
    const bool has_ranges = file_ == AccountFile::subordinate_ids;
    if (const std::size_t id_field = form_of(file_).id_field; id_field != 0) {
      for (const SharedId& shared : newly_shared(merged, ours_, theirs_, id_field)) {
        keys.insert(shared.names.begin(), shared.names.end());
        descriptions.push_back(description(shared));
      }
    } else if (has_ranges && overlapping(ours_).empty() && overlapping(theirs_).empty()) {
      keys = overlapping(merged);
      descriptions.assign(keys.begin(), keys.end());
    }
    if (reason_.empty() && !keys.empty()) {
      reason_ = has_ranges ? "ranges that overlap: " : "an id used twice: ";
      reason_ += enumerate(descriptions);
    }
    return keys;
  }

  // Whether any of these records was not yet as the preferred side has it.
  bool give_way(std::vector<Account>& merged, const std::set<std::string>& keys) const {
    bool has_changed = false;
    std::erase_if(merged, [&](Account& account) {
      if (!keys.contains(account.key)) return false;
      const auto preferred = preferred_.find(account.key);
      if (preferred == preferred_.end()) return has_changed = true;
      if (preferred->second->line == account.line) return false;
      has_changed = true;
      account = *preferred->second;
      return false;
    });
    return has_changed;
  }

  AccountFile file_;
  const std::vector<Account>& ours_;
  const std::vector<Account>& theirs_;
  MergePolicy policy_;
  std::map<std::string_view, const Account*> preferred_;
  std::string reason_;
};

}  // namespace

MergedText merge_accounts(AccountFile file, const ThreeVersions& versions, MergePolicy policy) {
  return merge_readable(versions, [&] {
    const Form form = form_of(file);
    const auto base = accounts_of(versions.base.value_or(std::string_view()), file);
    const auto ours = accounts_of(versions.ours, file);
    const auto theirs = accounts_of(versions.theirs, file);
    auto merged = merge_keyed<Account>(
        {base, ours, theirs}, [](const Account& one) { return one.key; },
        [](const Account& left, const Account& right) { return left.line == right.line; },
        [&](const ThreeRecords<Account>& records) { return settle(records, form); }, policy);
    Clashes clashes(file, ours, theirs, policy);
    if (merged.conflicts.empty() && !clashes.settle(merged.records)) {
      return not_merged(clashes.reason());
    }
    std::string text;
    for (const Account& account : merged.records) text += account.line + '\n';
    MergedText result =
        conclude(merged.conflicts, merged.settled, policy, form.what, std::move(text));
    if (result.text && !clashes.reason().empty()) {
      result.reason += (result.reason.empty() ? "" : "; ") + clashes.reason();
    }
    return result;
  });
}

}  // namespace imgops
