// Three-way merge of what images are set to run: the "config" of their configurations, judged
// setting by setting, so that a new base's environment is inherited where ours did not change it.
// Source: command-line §8.3; OCI image-spec v1.1, config.md.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/base/verdict.hpp"
#include "libimgops/image/image.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

// A setting that ours, theirs or both changed.
struct SettingVerdict {
  std::string key;                          // "Env.PATH", "Labels.x", "ExposedPorts.80/tcp", "Cmd"
  Verdict verdict = Verdict::conflict;      // never merged: a value is not taken apart
  std::optional<ConflictKind> kind;         // of a conflict: content, type or deleted_changed
  MergePolicy settled = MergePolicy::fail;  // of a conflict: who won it; fail: nobody
  // For screens: a text as it is, anything else as JSON. Nullopt: not set.
  std::optional<std::string> base;
  std::optional<std::string> ours;
  std::optional<std::string> theirs;
};

// Whether it is a conflict that nothing settled.
bool is_open(const SettingVerdict& verdict);

// By key who wins should it be a conflict; `fail` leaves it open whatever the policy.
using SettingResolutions = std::map<std::string, MergePolicy, std::less<>>;

struct MergedSettings {
  Json config;                           // null where there is nothing to set
  std::vector<SettingVerdict> verdicts;  // by key; empty when nobody changed anything
};

// Variables are judged by name, ports, volumes and labels by key, everything else as one value,
// keys unknown to us too. Null, false, empty text and empty lists and objects are not set; of a
// variable given twice the last counts. `config` is ours' with what theirs won put in its place:
// all else keeps its bytes and its order, what theirs adds follows in theirs' order. Where nothing
// was won it is ours' very value. An open conflict keeps ours' value, and then `config` is not to
// be used. Names of the container an image was made in ("Image", "Hostname") are no settings: they
// are not judged, and "Image" goes with the first change.
MergedSettings merge_settings(const Image& base, const Image& ours, const Image& theirs,
                              MergePolicy policy, const SettingResolutions& resolutions = {});

// `image` with this "config"; itself when it has it.
Image with_config(const Image& image, const Json& config);

}  // namespace imgops
