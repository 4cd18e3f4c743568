// One run of `patch`: the base with its platforms, every image of the layout that stands on it,
// what becomes of them, and the transaction that moves all their names.
#pragma once

#include "libimgops/ops/patch_cost.hpp"
#include "libimgops/ops/patch_fleet.hpp"
#include "tools/imgops/patch_past.hpp"
#include "tools/imgops/patch_sources.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

// A name of the layout, and what it leads to.
struct FleetName {
  std::string name;
  Descriptor root;
  std::vector<PlatformImage> platforms;
};

// A row of the answer: one image of a name.
struct PatchRow {
  std::string name;
  std::string platform;  // of an image in an index of several; else empty
  Image before;
  FleetResult result;
};

struct PatchCosts {
  std::string name;  // the image that the costs of a node are of
  std::vector<NodeCost> nodes;
  std::uint64_t registry_bytes = 0;  // blobs that are new, documents included
  std::size_t registry_blobs = 0;
  bool is_estimated = false;  // the places not chosen: sizes of what was not written
};

struct PatchRun {
  Place* place = nullptr;
  RewriteTarget target;                      // the base as named
  bool moves_base = false;                   // it is a ref, and not one of its steps or of its past
  std::vector<BasePatch> patches;            // by platform of the base
  std::vector<std::size_t> without_package;  // patches that none of the packages is for
  std::vector<EarlierBase> earlier;          // what the name of the base led to before
  std::vector<SkippedWork> skipped;          // of packages, one a package and platform
  std::vector<FleetName> names;              // all that may stand on it
  std::vector<PatchRow> rows;                // without the base's own
  std::vector<NamedDescriptor> moves;
  Descriptor new_root;  // of the base

  // Whether the sources are packages, all of them for other platforms.
  bool is_without_package(std::size_t patch) const;
};

// The patches of the base, planned and not yet written, and the names of its layout to look at.
PatchRun plan_run(Context& context, const Options& options, RewriteTarget target,
                  const PatchMaterial& material, const Operation& operation,
                  const PatchOptions& patch_options);

// Fills the rows: what the patches will be in each image.
void judge_run(PatchRun& run, FleetPatcher& patcher);
// Writes layers and documents into the store of `writer`, which a dry run forgets, and fills rows
// and moves.
void write_run(Context& context, PatchRun& run, FleetPatcher& patcher, ResultWriter& writer,
               const PatchOptions& options);

PatchCosts patch_costs(const PatchRun& run, ResultWriter& writer);

// The names move, all or none.
void move_fleet(Context& context, const PatchRun& run, ResultWriter& writer);

std::size_t count_of(const PatchRun& run, PatchStatus status);

}  // namespace imgops::cli
