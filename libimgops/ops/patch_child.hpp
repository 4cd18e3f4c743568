// What a patched base does to an image built on it: the image after the patch, and whether the
// patch is effective there. Documents only, but for the indexes of the image's own layers. Source:
// command-line §8.4.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/ops/package_sense.hpp"
#include "libimgops/ops/patch_base.hpp"
#include "libimgops/ops/patch_cost.hpp"
#include "libimgops/ops/patch_stack.hpp"
#include "libimgops/ops/shadow.hpp"
#include "libimgops/ops/three_way.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class PatchStatus : std::uint8_t { patched, shadowed, conflict, unchanged };
std::string_view name(PatchStatus status) noexcept;

// A path of the patch that cannot be placed in an image.
struct PatchConflict {
  std::string path;
  ConflictKind kind = ConflictKind::content;
  std::optional<std::size_t> layer;  // of the image, bottom is 0: who stands in the way
  std::string reason;                // for people, one line
  bool is_lasting = false;           // no merge helps
};

struct PatchedChild {
  PatchStatus status = PatchStatus::unchanged;
  Image image;                                // not stored; the old one under a conflict
  std::vector<HiddenPath> shadowed = {};      // layers are those of the old image
  std::vector<PatchConflict> conflicts = {};  // by path
  std::vector<std::string> overridden =
      {};                                 // paths of the image's own that a patch on top replaces
  std::vector<std::string> merged = {};   // paths made effective by a resolution layer
  std::vector<std::string> clashes = {};  // paths of the merge that something had to settle
  std::vector<PackageProblem> problems = {};  // of the merged image: a conflict, unless forced
  std::optional<LayerSize> resolution = {};   // a resolution layer that was written
};

struct ChildOptions {
  PatchOptions patch;
  bool overrides = false;  // a patch on top takes precedence over the image's own changes
  // Not null: what is hidden is merged where that can be done; conflicts stay the image's.
  const MergeChoices* merge = nullptr;
  bool forces = false;  // merged packages may miss what they need
};

// Judges images with the same own layers once. Thread-safe.
class ChildPatcher {
 public:
  // All outlive it.
  ChildPatcher(const Operation& operation, const BasePatch& patch, const ChildOptions& options);

  // What the patch will be in `image`, which stays as it is: it need not be written yet. Writes
  // resolution layers, when there is something to merge. Throws Error(corrupt) for own layers that
  // cannot be read.
  PatchedChild judge(const Image& image);
  // The image after the patch, which is written.
  PatchedChild patch(const Image& image);

 private:
  struct Judgement {  // layers are positions in the image
    std::vector<HiddenPath> shadowed;
    std::vector<PatchConflict> conflicts;
    std::vector<std::string> overridden;
    std::vector<std::string> merged;
    std::vector<std::string> clashes;
    std::vector<PackageProblem> problems;
    std::optional<WrittenLayer> resolution;
    bool replaces_resolution = false;  // the image's resolution goes, whether or not one comes
  };
  Judgement judge(const Image& image, const OwnLayers& own) const;
  bool is_there_already(const Image& image, const OwnLayers& own) const;
  void judge_on_top(const OwnLayers& own, Judgement& judgement) const;
  static void add_hidden(std::vector<HiddenPath> found, const LayersAbove& above,
                         Judgement& judgement);
  void merge(const Image& image, const OwnLayers& own, Judgement& judgement) const;
  void leave_out_settled(const OwnLayers& own, Judgement& judgement) const;
  std::shared_ptr<const Judgement> judgement_of(const Image& image, const OwnLayers& own);
  Image resolved(const Image& image, const OwnLayers& own, const Judgement& judgement) const;
  Image with_resolution(const Image& image, const WrittenLayer& resolution) const;

  const Operation& operation_;
  const BasePatch& patch_;
  ChildOptions options_;
  MergeChoices usual_;                      // to see what an earlier resolution settled
  ChangeSet top_changes_;                   // what a patch on top holds, with the directories above
  std::unique_ptr<ShadowJudge> top_judge_;  // of those
  std::unique_ptr<ShadowJudge> judge_;      // of what own layers can hide
  std::mutex mutex_;
  std::map<std::vector<DiffId>, std::shared_ptr<const Judgement>> known_;  // by all layers
};

}  // namespace imgops
