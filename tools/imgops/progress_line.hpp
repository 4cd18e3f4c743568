// What is going on, on stderr: a bar on terminals, lines elsewhere, objects for programs. Nothing
// is shown of a job under half a second. Source: command-line §12.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace imgops::cli {

enum class ProgressStyle : std::uint8_t { bar, plain, json, none };

// Thread-safe. A job is what one subject is about, from its first update to the one that completes
// it. plain: a line when it has taken half a second, one every ten seconds, one at its end; where
// many short jobs follow each other, a line every ten seconds. json: the same, every 100 ms.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;
  using Write = std::function<void(std::string_view)>;

  // On stderr, by the steady clock.
  explicit ProgressLine(ProgressStyle style);
  ProgressLine(ProgressStyle style, Now now, Write write);
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
  struct Job {
    std::string operation;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    Clock::time_point started;
    Clock::time_point shown;
    bool announced = false;
    bool is_over() const noexcept { return total != 0 && done >= total; }
  };
  void draw_bar(Clock::time_point now);
  void print_line(const std::string& subject, Job& job, Clock::time_point now);
  bool is_due(const Job& job, Clock::time_point now) const;
  void erase_bar();

  std::mutex mutex_;
  ProgressStyle style_;
  Now now_;
  Write write_;
  Clock::time_point started_;
  bool has_started_ = false;
  Clock::time_point drawn_;           // the last bar, or the last line
  std::size_t lines_ = 0;             // of the bar, on the screen now
  std::uint64_t finished_bytes_ = 0;  // of jobs that ended
  std::map<std::string, Job, std::less<>> jobs_;
};

}  // namespace imgops::cli
