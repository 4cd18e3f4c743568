// A base image with a patch put into it, in one of three places. What that means for the images
// built on it is ops/patch_child.hpp. Source: command-line §8.4.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class PatchPlace : std::uint8_t {
  in_place,    // the layers of the base that provide the paths are written anew
  above_base,  // one layer right above the base
  on_top       // the same layer as the uppermost of every image
};
std::string_view name(PatchPlace place) noexcept;  // "in-place", "above-base", "on-top"

struct PatchOptions {
  PatchPlace place = PatchPlace::in_place;
  std::string message;            // what the patch is, for the history of a layer of its own
  std::string created;            // RFC 3339 for that history entry, may be empty
  bool keeps_compression = true;  // layers written anew stay gzip, zstd or plain as they were
};

// Sources laid over the base one after the other. `names` are theirs, for messages.
struct PatchSource {
  std::string name;
  std::shared_ptr<const LayerIndex> files;
};

// A patch layer of whatever kind is uppermost in a base that was patched before. In place it stays,
// and a path that it provides is written anew in it; any other patch takes its place, and stands
// for both.
struct BasePatch {
  PatchPlace place = PatchPlace::in_place;
  Image old_image;
  Image new_image;                  // stored; the old one when it shows what is wanted already
  std::vector<ImageLayer> formers;  // such layers of the old base, bottom first
  std::optional<ImageLayer> layer;  // the patch layer, new or as it was; absent in place
  Tree old_view;
  Tree bare_view;  // the old view, or where former layers go, that without them
  Tree new_view;
  ChangeSet changes;  // from the bare view to the new one
  // What the images built on it are to show: the changes, what the sources bring though the base
  // has it already, and what earlier patches of the same paths removed.
  ChangeSet fix;
  std::vector<Tree> earlier;          // the base before earlier patches, newest first
  std::vector<std::string> packages;  // that the sources bring, as databases name them
  // Where former layers stay: their entries after the patch, and the new base without them.
  std::vector<std::shared_ptr<const LayerIndex>> planned_formers;
  Tree bare_new_view;
  // In place, once written: archive sizes of the layers of the new base, bottom first.
  std::vector<std::uint64_t> archive_bytes;
  bool is_needed = false;    // the old base does not show it yet
  bool is_exchange = false;  // the new base is an image of its own, with its own history

  bool changed() const { return !(old_image.descriptor() == new_image.descriptor()); }
  bool keeps_formers() const { return place == PatchPlace::in_place && !is_exchange; }
  std::size_t bare_layer_count() const { return old_image.layers().size() - formers.size(); }
};

// `view`, which is that of `base`, with `sources` over it, which must outlive it. Throws
// Error(conflict) for what a patch may not do (patch_refusals.hpp), naming source and path.
Tree patched_view(const Operation& operation, const Image& base, const Tree& view,
                  std::span<const PatchSource> sources);

// The patch that makes `base` show `new_view` instead of `old_view`, its own: nothing is written
// yet, and the new image is the old one. Throws Error(conflict) for a base without layers.
BasePatch plan_patch(const Operation& operation, const Image& base, Tree old_view, Tree new_view,
                     const PatchOptions& options);

// The patch that leads from `base` to an image that is patched already. In place that image itself
// is the new base; otherwise its difference becomes the layer. Throws Error(invalid_argument) when
// `patched` is of another platform.
BasePatch plan_patch_to(const Operation& operation, const Image& base, const Image& patched,
                        const PatchOptions& options);

// Makes the new image with its layers and stores both. Throws Error(conflict) when that cannot be
// done in place; nothing is left then.
void write_patch(const Operation& operation, BasePatch& patch, const PatchOptions& options);

// What the base was before earlier patches, newest first. Where nothing is left to do in the base,
// what those removed of what the sources are about joins the fix; of an image that is patched
// already, all that the last of them did.
void add_earlier(const Operation& operation, BasePatch& patch, std::vector<Tree> earlier);

// Whether layer number `layer` of `image` is one that a patch put above the base or on top, by the
// comment of its history entry.
bool is_patch_layer(const Image& image, std::size_t layer);

// The history entry of a patch layer.
HistoryEntry patch_history_entry(const PatchOptions& options);

}  // namespace imgops
