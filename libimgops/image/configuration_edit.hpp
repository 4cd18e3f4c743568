// What an image is set to run, changed by hand: documents only, no layer is touched.
// Source: command-line §7.3; OCI image-spec v1.1, config.md; Docker image specification v1.2.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/image/image.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgops {

// Absent means untouched; an empty list or text takes the setting away. Of one group what is
// removed goes first, so that a name in both ends up set.
struct SettingsEdit {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> command;
  std::optional<std::vector<std::string>> shell;
  std::optional<std::vector<std::string>> triggers;  // "OnBuild"
  Pairs environment;
  std::vector<std::string> environment_removed;
  Pairs labels;
  std::vector<std::string> labels_removed;
  std::vector<std::string> ports;  // "80" is "80/tcp"
  std::vector<std::string> ports_removed;
  std::vector<std::string> volumes;
  std::vector<std::string> volumes_removed;
  std::optional<std::string> user;
  std::optional<std::string> working_directory;
  std::optional<std::string> stop_signal;
  std::optional<Json> healthcheck;    // the object "Healthcheck"; null takes it away
  std::optional<std::string> author;  // of the configuration, not of a step
};

// A variable or label that is there keeps its place; new ones follow. What is set already changes
// not a byte, so the same edit twice is the image itself. Throws Error(invalid_argument), naming
// the setting, for what no runtime would understand: a name that is empty or has `=` in it, a port
// that is none, a path that is not absolute, text that is not UTF-8, a label that differs from
// another in the case of its letters only.
Image edit_settings(const Image& image, const SettingsEdit& edit);

// `config` as the whole of "config"; null for none. Throws Error(invalid_argument), naming the
// setting, where it is not of the type the specification gives it; keys unknown to us pass.
Image replace_settings(const Image& image, const Json& config);

}  // namespace imgops
