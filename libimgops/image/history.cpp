#include "libimgops/image/history.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>

namespace imgops {
namespace {

bool find_flag(const Json& object, std::string_view key, std::string_view subject) {
  const Json* const value = find_field(object, key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    throw Error(ErrorKind::corrupt,
                std::string(subject) + ": \"" + std::string(key) + "\" is not true or false");
  }
  return value->get<bool>();
}

}  // namespace

HistoryEntry HistoryEntry::from_json(const Json& json, std::string_view subject) {
  require_object(json, subject);
  HistoryEntry entry;
  entry.created = find_string(json, "created", subject).value_or("");
  entry.created_by = find_string(json, "created_by", subject).value_or("");
  entry.author = find_string(json, "author", subject).value_or("");
  entry.comment = find_string(json, "comment", subject).value_or("");
  entry.empty_layer = find_flag(json, "empty_layer", subject);
  entry.json = json;
  return entry;
}

HistoryEntry HistoryEntry::make(std::string created, std::string created_by, std::string comment,
                                bool empty_layer) {
  Json json = Json::object();
  if (!created.empty()) json["created"] = std::move(created);
  json["created_by"] = std::move(created_by);
  if (!comment.empty()) json["comment"] = std::move(comment);
  if (empty_layer) json["empty_layer"] = true;
  return from_json(json, "history");
}

HistoryEntry HistoryEntry::as_empty() const {
  HistoryEntry entry = *this;
  entry.empty_layer = true;
  entry.json["empty_layer"] = true;
  return entry;
}

PairedHistory pair_history(std::span<const HistoryEntry> history, std::size_t layer_count) {
  PairedHistory result;
  const auto full = std::ranges::count(history, false, &HistoryEntry::empty_layer);
  result.consistent = static_cast<std::size_t>(full) == layer_count;
  std::size_t layer = 0;
  for (std::size_t entry = 0; entry < history.size(); ++entry) {
    HistoryStep step{entry, std::nullopt};
    if (!history[entry].empty_layer && layer < layer_count) step.layer = layer++;
    result.steps.push_back(step);
  }
  for (; layer < layer_count; ++layer) result.steps.push_back({std::nullopt, layer});
  return result;
}

}  // namespace imgops
