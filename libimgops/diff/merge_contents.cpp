#include "libimgops/diff/merge_contents.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace imgops {
namespace {

constexpr std::uint64_t largest_text_bytes = 64 << 20;

bool is_regular(const Node* node) {
  return node != nullptr && node->inode()->type() == FileType::regular;
}

// One attribute, three ways. False when both changed it differently.
template <class Value, class Equal>
bool merge_value(Value& ours, const Value& theirs, const Value* base, const Equal& equal) {
  if (equal(ours, theirs)) return true;
  if (base == nullptr) return false;
  if (equal(theirs, *base)) return true;
  if (!equal(ours, *base)) return false;
  ours = theirs;
  return true;
}

}  // namespace

std::optional<InodeFields> merge_attributes(const MergeRow& row) {
  InodeFields result = fields_of(*row.ours->inode());
  const InodeFields theirs = fields_of(*row.theirs->inode());
  std::optional<InodeFields> base;
  if (is_regular(row.base)) base = fields_of(*row.base->inode());
  const auto plain = [](const auto& left, const auto& right) { return left == right; };
  const auto xattrs = [](const ExtendedAttributes* left, const ExtendedAttributes* right) {
    return left == right || (left != nullptr && right != nullptr && *left == *right);
  };
  const bool is_merged =
      merge_value(result.mode, theirs.mode, !base ? nullptr : &base->mode, plain) &&
      merge_value(result.uid, theirs.uid, !base ? nullptr : &base->uid, plain) &&
      merge_value(result.gid, theirs.gid, !base ? nullptr : &base->gid, plain) &&
      merge_value(result.xattrs, theirs.xattrs, !base ? nullptr : &base->xattrs, xattrs);
  if (!is_merged) return std::nullopt;
  result.mtime = std::max(result.mtime, theirs.mtime);
  return result;
}

DriverOutcome merge_texts(const MergeDriver& driver, const MergeRow& row, ContentReader& contents) {
  const Node* const base = is_regular(row.base) ? row.base : nullptr;
  for (const Node* node : {base, row.ours, row.theirs}) {
    if (node != nullptr && node->inode()->content().size_bytes > largest_text_bytes) {
      return {std::nullopt, "larger than 64 MiB", false};
    }
  }
  const auto text = [&](const Node& node) {
    if (node.inode()->content().origin == nullptr) return std::string();
    return contents.text(node.inode()->content(), largest_text_bytes);
  };
  const std::string before = base == nullptr ? std::string() : text(*base);
  const std::string ours = text(*row.ours);
  const std::string theirs = text(*row.theirs);
  ThreeTexts texts{std::nullopt, ours, theirs};
  if (base != nullptr) texts.base = before;
  return driver.merge(row.path, texts);
}

InodeFields attributes_for_given(const MergeRow& row) {
  for (const Node* node : {row.ours, row.theirs, row.base}) {
    if (is_regular(node)) return fields_of(*node->inode());
  }
  InodeFields plain;
  plain.mode = 0644;
  return plain;
}

}  // namespace imgops
