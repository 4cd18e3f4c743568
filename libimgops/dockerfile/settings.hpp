// What an image is set to run, as a list of single values: what one instruction sets, and what two
// images can be compared by.
// Source: OCI image-spec v1.1, config.md; Docker image specification v1.2 for Shell, Healthcheck
// and OnBuild.
#pragma once

#include "libimgops/base/json.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {

struct Setting {
  std::string group;     // a key of "config": "Cmd", "Env"; "author" stands beside "config"
  std::string key;       // within Env, Labels, ExposedPorts, Volumes: "PATH"; else empty
  Json value;            // as the configuration has it, of Env the text; null: not known
  std::size_t step = 0;  // that set it, from 1; 0: there before the first
  // "Env.PATH", "Cmd".
  std::string name() const { return key.empty() ? group : group + "." + key; }
};

// Whether both are absent, the same value, or the same unknown one.
bool is_same_value(const Setting* left, const Setting* right);

// Each group and key once.
class Settings {
 public:
  const Setting* find(std::string_view group, std::string_view key = {}) const;  // null: not set
  void set(Setting setting);  // an older value keeps its place in the order
  void remove(std::string_view group, std::string_view key = {});
  // In the order in which they were first set; valid until the next change.
  std::vector<const Setting*> in_order() const;

 private:
  struct Placed {
    Setting setting;
    std::size_t place;
  };
  std::map<std::pair<std::string, std::string>, Placed> settings_;
  std::size_t next_place_ = 0;
};

}  // namespace imgops
