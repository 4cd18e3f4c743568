// Two images, or two directories of images, compared: what `diff` and `show` print.
// Source: command-line §13.4.
#pragma once

#include "libimgops/diff/compare.hpp"
#include "tools/imgops/blob_views.hpp"
#include "tools/imgops/config_diff.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

struct DiffSide {
  SelectedImage image;
  std::optional<std::string> path;  // compare only what is there
  std::string text;                 // as the user wrote it
};

struct DiffSummary {
  std::uint64_t added = 0;
  std::uint64_t modified = 0;
  std::uint64_t deleted = 0;
  std::uint64_t bytes_added = 0;    // sum of what files grew
  std::uint64_t bytes_removed = 0;  // and of what others shrank
};

// Address-stable: changes point into its trees.
class DiffReport {
 public:
  DiffReport(Context& context, DiffSide before, DiffSide after, const CompareOptions& options);

  const DiffSide& before() const noexcept { return before_; }
  const DiffSide& after() const noexcept { return after_; }
  const ChangeSet& files() const noexcept { return files_; }
  // Empty when parts of images are compared.
  const std::vector<ConfigChange>& settings() const noexcept { return settings_; }
  const DiffSummary& summary() const noexcept { return summary_; }
  LayerCache& layers() noexcept { return *layers_; }

 private:
  Operation joint_operation(Context& context);
  DiffSide before_;
  DiffSide after_;
  std::unique_ptr<JoinedBlobs> blobs_;
  std::unique_ptr<OverlayBlobs> scratch_;
  std::unique_ptr<LayerCache> layers_;
  Tree before_tree_;
  Tree after_tree_;
  ChangeSet files_;
  std::vector<ConfigChange> settings_;
  DiffSummary summary_;
};

DiffSummary summarise(const ChangeSet& files);
std::int64_t size_delta(const Change& change);
// 'A', 'M' or 'D'.
char status_letter(const Change& change);
// "mode, content" of a modified path; empty for others.
std::string difference_text(const Change& change);

}  // namespace imgops::cli
