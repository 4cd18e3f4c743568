// The bar is redrawn as a block: cursor up over the lines of the last drawing, each line cleared
// and written again. Jobs are kept by subject and leave when they are done, so that the block holds
// only what is in flight.
#include "tools/imgops/progress_line.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/digest.hpp"
#include "libimgops/base/json.hpp"
#include "tools/imgops/environment.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace imgops::cli {
namespace {

constexpr auto quiet_time = std::chrono::milliseconds(500);
constexpr auto redraw_time = std::chrono::milliseconds(100);
constexpr auto plain_time = std::chrono::seconds(10);
constexpr std::size_t most_lines = 6;

void write_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;  // nobody listens, or an interruption: talk is not worth an error
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// A digest is told by its first digits, as on all screens.
std::string shown_subject(std::string_view subject) {
  const auto digest = Digest::try_parse(subject);
  return digest ? digest->short_text() : printable(subject);
}

std::string amounts(std::uint64_t done, std::uint64_t total) {
  if (total == 0) return human_size(done);
  const double part =
      100.0 * static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  return fmt::format("{:>9} of {:<9} {:3.0f} %", human_size(done), human_size(total), part);
}

}  // namespace

ProgressLine::ProgressLine(ProgressStyle style)
    : ProgressLine(
          style, [] { return Clock::now(); }, write_error) {}

ProgressLine::ProgressLine(ProgressStyle style, Now now, Write write)
    : style_(style), now_(std::move(now)), write_(std::move(write)) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::update(std::string_view operation, std::string_view subject, std::uint64_t done,
                          std::uint64_t total) {
  if (style_ == ProgressStyle::none) return;
  const std::scoped_lock lock(mutex_);
  const Clock::time_point now = now_();
  if (!has_started_) {
    has_started_ = true;
    started_ = now;
    drawn_ = now;
  }
  const auto [found, is_new] = jobs_.try_emplace(std::string(subject));
  Job& job = found->second;
  if (is_new) job.started = now;
  job.operation = operation;
  job.done = done;
  job.total = total;
  if (style_ == ProgressStyle::bar) {
    if (now - started_ >= quiet_time && now - drawn_ >= redraw_time) draw_bar(now);
  } else if (is_due(job, now)) {
    print_line(found->first, job, now);
  }
  if (job.is_over()) {
    finished_bytes_ += done;
    jobs_.erase(found);
  }
}

bool ProgressLine::is_due(const Job& job, Clock::time_point now) const {
  if (now - drawn_ >= plain_time) return true;
  if (!job.announced) return now - job.started >= quiet_time;
  const Clock::duration pause = style_ == ProgressStyle::json ? redraw_time : plain_time;
  return job.is_over() || now - job.shown >= pause;
}

void ProgressLine::print_line(const std::string& subject, Job& job, Clock::time_point now) {
  if (style_ == ProgressStyle::plain) {
    write_(fmt::format("{} {}: {}\n", job.operation, shown_subject(subject),
                       amounts(job.done, job.total)));
  } else {
    Json progress = Json::object();
    progress["op"] = job.operation;
    progress["id"] = subject;
    progress["done"] = job.done;
    progress["total"] = job.total;
    write_(printable_json(print_json(Json{{"progress", progress}})) + "\n");
  }
  job.announced = true;
  job.shown = now;
  drawn_ = now;
}

void ProgressLine::draw_bar(Clock::time_point now) {
  const std::size_t width = terminal_width(STDERR_FILENO);
  erase_bar();
  std::string text;
  std::uint64_t done = finished_bytes_;
  std::uint64_t left = 0;
  for (const auto& [subject, job] : jobs_) {
    done += job.done;
    left += job.total > job.done ? job.total - job.done : 0;
    if (lines_ + 1 >= most_lines) continue;
    text += shorten(fmt::format("{} {}  {}", job.operation, shown_subject(subject),
                                amounts(job.done, job.total)),
                    width - 1);
    text += '\n';
    ++lines_;
  }
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
  std::string total =
      fmt::format("{}  {}/s", human_size(done), human_size(static_cast<std::uint64_t>(rate)));
  if (left != 0 && rate > 1)
    total += fmt::format("  {:.0f} s left", static_cast<double>(left) / rate);
  text += shorten(total, width - 1) + "\n";
  ++lines_;
  write_(text);
  drawn_ = now;
}

void ProgressLine::erase_bar() {
  if (lines_ == 0) return;
  write_(fmt::format("\x1b[{}A\r\x1b[J", lines_));
  lines_ = 0;
}

void ProgressLine::print(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  erase_bar();
  write_(text);
}

void ProgressLine::clear() {
  const std::scoped_lock lock(mutex_);
  erase_bar();
}

}  // namespace imgops::cli
