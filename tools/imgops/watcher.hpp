// Watches operations for the user: findings become lines on stderr, progress a bar.
// Source: semantics §3; command-line §12.
#pragma once

#include "libimgops/base/observer.hpp"
#include "tools/imgops/progress_line.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace imgops::cli {

enum class Talk : std::uint8_t { text, json, none };
enum class Notes : std::uint8_t { hidden, shown };

// Thread-safe. The same finding told twice is shown once; in text, those of one code, layer and
// directory are folded after ten.
class Watcher final : public Observer {
 public:
  Watcher(ProgressStyle progress, Talk talk, Notes notes);

  void diagnose(const Diagnostic& diagnostic) override;
  void progress(std::string_view operation, std::string_view subject, std::uint64_t done,
                std::uint64_t total) override;

  // A warning about the work itself, not about what an image holds: a whole sentence, printable.
  void warn(const std::string& sentence);

  // How many different warnings there were.
  std::uint64_t warning_count() const;
  // Whole lines to stderr, above a bar.
  void print(std::string_view text) { progress_.print(text); }
  // The bar goes, and what was folded is told.
  void finish();

 private:
  void show(const Diagnostic& diagnostic);

  mutable std::mutex mutex_;
  ProgressLine progress_;
  Talk talk_;
  Notes notes_;
  std::uint64_t warnings_ = 0;
  std::set<std::string> seen_;
  std::map<std::string, std::uint64_t> groups_;  // "CODE layer directory" -> how many
};

}  // namespace imgops::cli
