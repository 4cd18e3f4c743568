// Who can merge the contents of one path when both sides changed it. The merge of trees knows no
// file format; drivers plug in from above (ops/merge_drivers.hpp). Source: command-line §8.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// Whole contents; all three are regular files, `base` is absent where both sides added the path.
struct ThreeTexts {
  std::optional<std::string_view> base;
  std::string_view ours;
  std::string_view theirs;
};

struct DriverOutcome {
  std::optional<std::string> text;  // absent: the driver gave up
  std::string reason;               // why it gave up, or what it did: for people, one line
  bool is_doubtful = false;         // what was done deserves a warning (a cache that is now stale)
};

// Immutable, so safe to use from any thread.
class MergeDriver {
 public:
  virtual ~MergeDriver() = default;
  virtual std::string_view name() const noexcept = 0;     // "dpkg", "accounts", "text" …
  virtual bool handles(std::string_view path) const = 0;  // canonical, without a leading slash
  // Bad input is no error: the driver gives up and says so.
  virtual DriverOutcome merge(std::string_view path, const ThreeTexts& texts) const = 0;
};

}  // namespace imgops
