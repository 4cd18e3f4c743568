// What --resolve names although nobody had to settle it: a path mistyped, or merged by itself.
#pragma once

#include "libimgops/ops/three_way.hpp"
#include "tools/imgops/context.hpp"

#include <span>
#include <string>
#include <vector>

namespace imgops::cli {

// Gathers the verdicts of one run.
class UnusedResolutions {
 public:
  explicit UnusedResolutions(const MergeChoices& choices);
  // The verdicts of one merge. A run without any says nothing: it had nothing to do.
  void add_merge(std::span<const MergedPath> paths, std::span<const SettingVerdict> settings = {});
  // Warns, in one line, of every --resolve that no conflict asked for; under --strict a warning is
  // a refusal.
  void tell(Context& context) const;

 private:
  std::vector<std::string> unused_;  // as the user may write them, paths first
  bool is_judged_ = false;
};

}  // namespace imgops::cli
