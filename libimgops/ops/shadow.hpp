// What layers of an image's own do to a patch below them: every path of it that they hide.
// Source: command-line §8.4 "Status per child"; semantics U, P.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class HidingReason : std::uint8_t {
  copied,     // an own layer carries the old file again, its attributes changed at most
  rewritten,  // it has another content or other attributes
  deleted,    // it removes the path
  restored,   // it brings back what the patch removes
  replaced,   // it puts another kind of file there, or in the place of a directory above
  linked      // it has a hard link to a file that the patch removes, and cannot stand without it
};
std::string_view name(HidingReason reason) noexcept;

struct HiddenPath {
  std::string path;
  std::size_t layer = 0;  // among the own layers, bottom is 0
  HidingReason reason = HidingReason::rewritten;
  std::string link = {};  // of `linked`: the name that leads to the path
};

// The changed paths that do not come through the own layers: by path. A layer that cannot stand for
// want of a removed path is all that is said. Differences of times alone
// hide nothing. The trees of a base of many files are cut down to what matters before layers are
// applied to them. Immutable; safe to use from several threads at once.
class ShadowJudge {
 public:
  // All outlive it. `changes` leads from `before` to `after`.
  ShadowJudge(const Tree& before, const Tree& after, const ChangeSet& changes, LayerCache& cache);

  // Layers that stand above the changed base, bottom first.
  std::vector<HiddenPath> hidden_above(
      std::span<const std::shared_ptr<const LayerIndex>> own_layers) const;

  // Layers that stand between the old base and the patch, which comes on top: the changed paths
  // that they made into something else than the old base has, which the patch overrides.
  // `copied` ones are the old base's file again.
  std::vector<HiddenPath> overridden_below(
      std::span<const std::shared_ptr<const LayerIndex>> own_layers) const;

 private:
  enum class Standing : std::uint8_t { above, below };
  std::vector<HiddenPath> judge(std::span<const std::shared_ptr<const LayerIndex>> own_layers,
                                Standing standing) const;
  // The part of the tree on this side that matters below these layers.
  Tree part_below(std::span<const std::shared_ptr<const LayerIndex>> own_layers,
                  Standing standing) const;
  HidingReason reason_of(const Change& change, const Inode* seen, const Tree& tree) const;
  bool is_equal(const Inode& left, const Inode& right) const;

  const Tree& before_;
  const Tree& after_;
  LayerCache& cache_;
  std::vector<Change> changes_;  // without those of times alone
  // What matters of the two, whatever the layers are.
  Tree part_before_;
  Tree part_after_;
};

}  // namespace imgops
