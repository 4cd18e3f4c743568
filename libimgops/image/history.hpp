// The steps of a build as the configuration tells them, and which layer each one made.
// Source: OCI image-spec v1.1, config.md "history"; semantics J06.
#pragma once

#include "libimgops/base/json.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgops {

// Immutable by convention; keeps its JSON, unknown keys included.
struct HistoryEntry {
  std::string created;     // as written, may be empty
  std::string created_by;  // may be empty
  std::string author;
  std::string comment;
  bool empty_layer = false;
  Json json = Json::object();

  static HistoryEntry from_json(const Json& json, std::string_view subject);
  // An entry made by us; `created` empty is left out.
  static HistoryEntry make(std::string created, std::string created_by, std::string comment,
                           bool empty_layer);
  HistoryEntry as_empty() const;  // the same step, its layer gone
};

// One row of an image's story, oldest first. A step has a history entry, a layer, or both.
struct HistoryStep {
  std::optional<std::size_t> entry;  // position in the history
  std::optional<std::size_t> layer;  // position among the layers, bottom is 0
};

// Pairs entries with layers. Each layer is in exactly one step, in order; each entry too. When
// the non-empty entries are as many as the layers they pair one to one; with fewer or more entries
// than layers `consistent` is false: non-empty entries are paired from the bottom as far as both
// last, surplus layers follow as steps without an entry, surplus entries count as empty (J06).
struct PairedHistory {
  std::vector<HistoryStep> steps;
  bool consistent = true;
};
PairedHistory pair_history(std::span<const HistoryEntry> history, std::size_t layer_count);

}  // namespace imgops
