#include "tools/imgops/watcher.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/base/path.hpp"
#include "tools/imgops/document.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

constexpr std::uint64_t shown_of_a_group = 10;
constexpr std::size_t remembered = 100'000;  // findings told apart; beyond, repeats count anew

std::string layer_text(const Diagnostic& diagnostic) {
  return diagnostic.layer_index
             ? fmt::format("layer {} {}", *diagnostic.layer_index + 1, diagnostic.layer)
             : diagnostic.layer;
}

std::string to_json_line(const Diagnostic& diagnostic) {
  Json finding = Json::object();
  finding["code"] = name(diagnostic.code);
  finding["level"] = name(diagnostic.level);
  finding["row"] = diagnostic.row;
  put_place(finding, diagnostic);
  finding["message"] = diagnostic.message;
  if (!diagnostic.hint.empty()) finding["hint"] = diagnostic.hint;
  return printable_json(print_json(Json{{"diagnostic", finding}})) + "\n";
}

}  // namespace

Watcher::Watcher(ProgressStyle progress, Talk talk, Notes notes)
    : progress_(progress), talk_(talk), notes_(notes) {}

void Watcher::diagnose(const Diagnostic& diagnostic) {
  if (diagnostic.level == DiagnosticLevel::note && notes_ == Notes::hidden) return;
  const std::scoped_lock lock(mutex_);
  const std::string identity =
      fmt::format("{} {} {} {}", name(diagnostic.code), layer_text(diagnostic), diagnostic.path,
                  diagnostic.message);
  // Paths may be long: what is remembered of them is not.
  const std::string remembered_as = digest_of(as_bytes(identity)).hexadecimal();
  if (seen_.size() < remembered && !seen_.insert(remembered_as).second) return;
  if (diagnostic.level == DiagnosticLevel::warning) ++warnings_;
  show(diagnostic);
}

void Watcher::warn(const std::string& sentence) {
  const std::scoped_lock lock(mutex_);
  if (seen_.size() < remembered && !seen_.insert(sentence).second) return;
  ++warnings_;
  if (talk_ == Talk::none) return;
  progress_.print(talk_ == Talk::json
                      ? printable_json(print_json(Json{{"warning", sentence}})) + "\n"
                      : fmt::format("imgops: warning: {}\n", sentence));
}

void Watcher::show(const Diagnostic& diagnostic) {
  if (talk_ == Talk::none) return;
  if (talk_ == Talk::json) {
    progress_.print(to_json_line(diagnostic));
    return;
  }
  const std::string group = fmt::format("{}: {} {}", name(diagnostic.code), layer_text(diagnostic),
                                        printable(parent_path(diagnostic.path)));
  if (++groups_[group] > shown_of_a_group) return;
  std::string text =
      fmt::format("imgops: {}: {}\n", name(diagnostic.level), to_sentence(diagnostic));
  if (!diagnostic.hint.empty()) text += fmt::format("hint: {}\n", printable(diagnostic.hint));
  progress_.print(text);
}

void Watcher::progress(std::string_view operation, std::string_view subject, std::uint64_t done,
                       std::uint64_t total) {
  progress_.update(operation, subject, done, total);
}

std::uint64_t Watcher::warning_count() const {
  const std::scoped_lock lock(mutex_);
  return warnings_;
}

void Watcher::finish() {
  const std::scoped_lock lock(mutex_);
  progress_.clear();
  for (const auto& [group, count] : groups_) {
    if (count <= shown_of_a_group) continue;
    progress_.print(
        fmt::format("imgops: {}: {} more like these\n", group, count - shown_of_a_group));
  }
  groups_.clear();
}

}  // namespace imgops::cli
