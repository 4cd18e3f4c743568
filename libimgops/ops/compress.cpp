// Two views, one comparison, one plan, one layer. What the layers of the range did to each other on
// the way never matters: only the view below and the view at the top do.
#include "libimgops/ops/compress.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tree/union.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace imgops {
namespace {

using Layers = std::vector<std::shared_ptr<const LayerIndex>>;

bool is_root(const LayerEntry& entry) {
  return entry.kind() == EntryKind::file && entry.path.empty();
}

// Whether a layer holds just what a plan would write, in whatever order: then writing it anew would
// only cost its sharing.
bool is_plain_difference(const LayerIndex& layer, std::span<const PlannedMember> plan) {
  const bool root_planned = std::any_of(plan.begin(), plan.end(), [](const PlannedMember& member) {
    return member.kind() == EntryKind::file && member.path().empty();
  });
  std::set<std::string_view> whiteouts;
  std::size_t count = 0;
  for (const LayerEntry& entry : layer.entries) {
    if (is_root(entry) && !root_planned) continue;
    if (entry.kind() == EntryKind::whiteout) whiteouts.insert(entry.path);
    ++count;
  }
  return count == plan.size() &&
         std::all_of(plan.begin(), plan.end(), [&](const PlannedMember& member) {
           if (member.kind() == EntryKind::whiteout) return whiteouts.count(member.path()) != 0;
           return member.source_layer() == &layer && member.source()->path == member.path();
         });
}

bool is_clamped(const PlannedMember& member) {
  if (member.kind() == EntryKind::whiteout || member.inode()->implied()) return false;
  const std::int64_t seconds = member.inode()->mtime().seconds;
  return seconds < 0 || seconds > limits::largest_mtime_seconds;
}

void report_root(std::span<const PlannedMember> plan, Observer& observer) {
  for (const PlannedMember& member : plan) {
    if (member.kind() != EntryKind::file || !member.path().empty()) continue;
    Diagnostic diagnostic;
    diagnostic.code = DiagnosticCode::root_meta;
    diagnostic.level = DiagnosticLevel::warning;
    diagnostic.row = "W14";
    diagnostic.path = "/";
    diagnostic.message = "metadata of the root is written, and not every runtime keeps it";
    observer.diagnose(diagnostic);
  }
}

HistoryEntry entry_for(const Image& image, LayerRange range, const CompressOptions& options) {
  // The time of the last step that went in: no clock (W03, Q23).
  std::string created;
  const PairedHistory paired = pair_history(image.history(), image.layers().size());
  for (const HistoryStep& step : paired.steps) {
    if (!step.layer || *step.layer < range.first || *step.layer >= range.end) continue;
    if (step.entry) created = image.history()[*step.entry].created;
  }
  std::string message = options.message;
  if (message.empty())
    message = fmt::format("COMPRESS # {} layers, by imgops", range.end - range.first);
  return HistoryEntry::make(created, message, "", false);
}

// Reads the new stack back and compares (C12).
void verify(const Operation& operation, const Image& result, std::size_t layer_count,
            const Tree& upper, std::span<const std::string> clamped) {
  const Layers layers = operation.layers.open(result.layers().first(layer_count), operation.workers,
                                              operation.observer, operation.stop);
  SilentObserver silent;  // what there is to say was said of the layers that went in
  const Tree again = apply_layers(Tree(), layers, 0, silent);
  const std::set<std::string_view> excused(clamped.begin(), clamped.end());
  for (const Change& change : compare(upper, again, operation.layers, {}, operation.stop)) {
    Differences left = change.differences;
    if (excused.count(change.path()) != 0) left.mtime = false;
    if (change.before != nullptr && change.after != nullptr && !left.any()) continue;
    throw Error(ErrorKind::conflict,
                "verification failed: /" + printable(change.path()) + " is not what it was before");
  }
}

// What is to be written, and what that points into. While it is written the trees and their
// comparison are gone: for large images they are as large as the plan itself.
struct Prepared {
  std::vector<PlannedMember> plan;
  std::vector<std::shared_ptr<const void>> owners;
  Tree upper;  // only where it is needed again
};

Prepared prepare(const Operation& operation, const Layers& layers, std::size_t first,
                 bool keep_upper) {
  const std::span<const std::shared_ptr<const LayerIndex>> all(layers);
  const Tree lower = apply_layers(Tree(), all.first(first), 0, operation.observer);
  Tree upper = apply_layers(lower, all.subspan(first), first, operation.observer);
  report_runtime_paths(upper, operation.observer);
  std::vector<PlannedMember> plan =
      plan_layer(upper, compare(lower, upper, operation.layers, {}, operation.stop));
  std::vector<std::shared_ptr<const void>> owners = upper.owners();
  return {std::move(plan), std::move(owners), keep_upper ? std::move(upper) : Tree()};
}

CompressResult compress_range(const Operation& operation, const Image& image, LayerRange range,
                              const CompressOptions& options) {
  CompressResult result{image, false, 0, {}};
  if (range.first >= range.end) return result;
  const Layers layers = operation.layers.open(image.layers().first(range.end), operation.workers,
                                              operation.observer, operation.stop);
  const Prepared prepared = prepare(operation, layers, range.first, options.verify);
  const std::vector<PlannedMember>& plan = prepared.plan;
  const std::size_t count = range.end - range.first;
  if (count == 1 && is_plain_difference(*layers[range.first], plan)) return result;

  report_root(plan, operation.observer);
  for (const PlannedMember& member : plan) {
    if (is_clamped(member)) result.clamped.emplace_back(member.path());
  }
  // An image without any layer is refused by some runtimes, so its last one stays, empty.
  const bool layer_needed = !plan.empty() || image.layers().size() == count;
  HistoryEntry entry = entry_for(image, range, options);
  if (layer_needed) {
    const WrittenLayer written =
        write_layer(operation.blobs, plan, operation.layers, operation.workers, operation.observer,
                    operation.encoder, image.family(), operation.stop);
    result.archive_bytes = written.archive_bytes;
    result.image = replace_layers(image, range, &written.layer, std::move(entry), options.history);
  } else {
    result.image = replace_layers(image, range, nullptr, std::move(entry), options.history);
  }
  result.changed = true;
  store_image(operation.blobs, result.image);
  if (options.verify) {
    verify(operation, result.image, range.first + (layer_needed ? 1 : 0), prepared.upper,
           result.clamped);
  }
  return result;
}

}  // namespace

CompressResult compress(const Operation& operation, const Image& image, LayerRange range,
                        const CompressOptions& options) {
  if (range.end > image.layers().size()) {
    throw Error(ErrorKind::invalid_argument, "the range has more layers than the image");
  }
  return of_image(operation, image,
                  [&] { return compress_range(operation, image, range, options); });
}

CompressResult flatten(const Operation& operation, const Image& image,
                       const CompressOptions& options) {
  const LayerRange all{0, image.layers().size()};
  return of_image(operation, image, [&] { return compress_range(operation, image, all, options); });
}

}  // namespace imgops
