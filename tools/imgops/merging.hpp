// Images merged into one, platform by platform, and what is told about it.
// Source: command-line §8.3; docs/commands/merge.md.
#pragma once

#include "libimgops/ops/merge_images.hpp"
#include "tools/imgops/newcomer.hpp"
#include "tools/imgops/rewriting.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

struct MergeRequest {
  std::vector<Revision> others;    // at least one
  std::optional<Revision> common;  // --base
  bool is_forced = false;
};

// One platform of the image, with the others merged into it one after the other.
struct PlatformMerge {
  PlatformImage whole;
  std::size_t base_layers = 0;  // of the first merge's base
  Image image;                  // in the end
  // One a merge, in the order of the others; an open one is the last.
  std::vector<MergedImage> merges;
  std::vector<Image> parents;  // what was merged: ours, then theirs
  bool is_forced = false;      // whatever packages and programs would miss
};

// Throws Error(conflict) for images without a common layer, unless forced.
std::vector<PlatformMerge> merge_all(Context& context, const RewriteTarget& target,
                                     const MergeRequest& request, const MergeChoices& choices,
                                     ResultWriter& writer);

// With open conflicts, or packages and programs that would miss something and are not forced: their
// tables, or a document without a digest, on stdout; then throws Error(conflict). Otherwise what
// drivers did is told, and what a fast-forward brings.
void require_merged(Context& context, std::string_view subject,
                    const std::vector<PlatformMerge>& merges);

PlatformOutcome finish_merge(Context& context, const RewriteTarget& target, ResultWriter& writer,
                             const PlatformMerge& merge);

// base, parents, kind, resolution, verdicts, config, problems.
void put_merges(Json& body, const std::vector<PlatformMerge>& merges);

}  // namespace imgops::cli
