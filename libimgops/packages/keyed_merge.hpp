// Three-way merge of records that a key tells apart: what databases of packages, lists of files and
// accounts have in common. Source: command-line §8.3.
#pragma once

#include "libimgops/base/verdict.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace imgops {

template <class Record>
struct ThreeLists {
  std::span<const Record> base;
  std::span<const Record> ours;
  std::span<const Record> theirs;
};

// One key on all sides; null where a side has no such record.
template <class Record>
struct ThreeRecords {
  const Record* base = nullptr;
  const Record* ours = nullptr;
  const Record* theirs = nullptr;
};

template <class Record>
struct KeyedMerge {
  // In order of their keys where both sides are; else as theirs has them, each record that ours
  // alone has behind its neighbours of ours, and behind what theirs put there.
  std::vector<Record> records;
  std::vector<std::string> conflicts;  // keys changed two ways, or found twice on one side; sorted
  std::vector<std::string> settled;    // keys that the policy decided; sorted
};

namespace keyed {

template <class Record>
using Keys = std::map<std::string, const Record*>;

template <class Record, class Key>
Keys<Record> keys_of(std::span<const Record> records, const Key& key_of,
                     std::vector<std::string>& twice) {
  Keys<Record> keys;
  for (const Record& record : records) {
    const std::string key = key_of(record);
    if (!keys.emplace(key, &record).second) twice.push_back(key);
  }
  return keys;
}

template <class Record>
const Record* find(const Keys<Record>& keys, const std::string& key) {
  const auto found = keys.find(key);
  return found == keys.end() ? nullptr : found->second;
}

template <class Record, class Key>
bool is_sorted(std::span<const Record> records, const Key& key_of) {
  for (std::size_t at = 1; at < records.size(); ++at) {
    if (!(key_of(records[at - 1]) < key_of(records[at]))) return false;
  }
  return true;
}

}  // namespace keyed

// `key_of(record)` is a string; `is_same(record, record)` compares two records of one key;
// `settle(ThreeRecords)` is asked where both sides changed one key differently (also where one of
// them deleted it) and gives the record, or nullopt for a conflict. Then `policy` decides. A key
// that a side has twice is a conflict whatever the policy.
template <class Record, class Key, class Same, class Settle>
KeyedMerge<Record> merge_keyed(const ThreeLists<Record>& lists, const Key& key_of,
                               const Same& is_same, const Settle& settle, MergePolicy policy) {
  KeyedMerge<Record> result;
  const auto base = keyed::keys_of(lists.base, key_of, result.conflicts);
  const auto ours = keyed::keys_of(lists.ours, key_of, result.conflicts);
  const auto theirs = keyed::keys_of(lists.theirs, key_of, result.conflicts);

  const auto is_equal = [&](const Record* left, const Record* right) {
    if (left == nullptr || right == nullptr) return left == right;
    return is_same(*left, *right);
  };
  std::map<std::string, Record> kept;
  const auto keep = [&](const std::string& key, const Record* record) {
    if (record != nullptr) kept.emplace(key, *record);
  };
  const auto decide = [&](const std::string& key) {
    const ThreeRecords<Record> records{keyed::find(base, key), keyed::find(ours, key),
                                       keyed::find(theirs, key)};
    if (is_equal(records.ours, records.theirs) || is_equal(records.base, records.ours)) {
      return keep(key, records.theirs);
    }
    if (is_equal(records.base, records.theirs)) return keep(key, records.ours);
    if (std::optional<Record> record = settle(records)) {
      kept.emplace(key, std::move(*record));
    } else if (policy == MergePolicy::fail) {
      result.conflicts.push_back(key);
    } else {
      result.settled.push_back(key);
      keep(key, policy == MergePolicy::ours ? records.ours : records.theirs);
    }
  };
  for (const auto& [key, record] : theirs) decide(key);
  for (const auto& [key, record] : ours) {
    if (!theirs.contains(key)) decide(key);
  }

  const auto take = [&](const std::string& key) {
    const auto found = kept.find(key);
    if (found == kept.end()) return;
    result.records.push_back(std::move(found->second));
    kept.erase(found);
  };
  if (keyed::is_sorted(lists.ours, key_of) && keyed::is_sorted(lists.theirs, key_of)) {
    for (auto& [key, record] : kept) result.records.push_back(std::move(record));
  } else {
    // The records that ours alone has, by the key of theirs they stand behind; "" is the start.
    std::map<std::string, std::vector<std::string>> behind;
    std::string anchor;
    for (const Record& record : lists.ours) {
      const std::string key = key_of(record);
      if (theirs.contains(key)) {
        anchor = key;
      } else {
        behind[anchor].push_back(key);
      }
    }
    anchor.clear();
    const auto flush = [&] {
      for (const std::string& key : behind[anchor]) take(key);
    };
    for (const Record& record : lists.theirs) {
      const std::string key = key_of(record);
      if (ours.contains(key)) {
        flush();
        anchor = key;
      }
      take(key);
    }
    flush();
  }
  std::ranges::sort(result.conflicts);
  std::ranges::sort(result.settled);
  return result;
}

}  // namespace imgops
