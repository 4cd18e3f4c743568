// What is going on, on stderr: a bar on terminals, lines elsewhere, objects for programs. Nothing
// is shown for work under half a second. Source: command-line §12.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace imgops::cli {

enum class ProgressStyle : std::uint8_t { bar, plain, json, none };

// Thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(ProgressStyle style);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // As Observer::progress().
  void update(std::string_view operation, std::string_view subject, std::uint64_t done,
              std::uint64_t total);
  // Writes `text` (whole lines) to stderr, above the bar.
  void print(std::string_view text);
  // The bar goes; later updates draw it anew.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    std::string operation;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    Clock::time_point shown;
    bool announced = false;
  };
  void draw_bar(Clock::time_point now);
  void print_plain(const std::string& subject, Job& job, Clock::time_point now);
  void erase_bar();

  std::mutex mutex_;
  ProgressStyle style_;
  Clock::time_point started_;
  bool has_started_ = false;
  Clock::time_point drawn_;
  std::size_t lines_ = 0;             // of the bar, on the screen now
  std::uint64_t finished_bytes_ = 0;  // of jobs that ended
  std::map<std::string, Job, std::less<>> jobs_;
};

}  // namespace imgops::cli
