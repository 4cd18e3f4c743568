// Three trees: the old base, ours (the image), theirs (the new base). The merge of the three is
// what the result has to show. Below, the bases are swapped and the image's own layers stay; what
// that shows by itself is compared with what is wanted, and the difference is the resolution layer.
#include "libimgops/ops/rebase.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/replace_base.hpp"
#include "libimgops/image/story.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tree/union.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

using Layers = std::vector<std::shared_ptr<const LayerIndex>>;

constexpr std::string_view resolution_comment = "imgops: resolution layer";

bool stands_on(const Image& image, const Image& base) {
  return shared_layer_count(image, base) == base.layers().size();
}

// Whether the top layer, above `base_layers`, is what an earlier rebase put there.
bool has_resolution(const Image& image, std::size_t base_layers) {
  if (image.layers().size() <= base_layers) return false;
  const std::vector<StoryStep> steps = story_steps(image);
  return !steps.empty() && steps.back().layer && steps.back().entry.comment == resolution_comment;
}

Image without_top_step(const Image& image) {
  std::vector<StoryStep> steps = story_steps(image);
  steps.pop_back();
  return with_story(image, steps);
}

class Rebase {
 public:
  Rebase(const Operation& operation, const Image& image, const BasePair& bases,
         const MergeChoices& choices, const RebaseOptions& options)
      : operation_(operation),
        image_(image),
        bases_(bases),
        choices_(choices),
        options_(options),
        result_{image, false, {}, {}, {}, {}} {}

  RebasedImage run() {
    const std::size_t new_count = bases_.new_image.layers().size();
    if (stands_on(image_, bases_.new_image) && bases_.layer_count <= new_count) {
      return std::move(result_);
    }
    own_ = operation_.layers.open(image_.layers().subspan(bases_.layer_count), operation_.workers,
                                  operation_.observer, operation_.stop, bases_.layer_count);
    const Tree ours = apply_layers(bases_.old_tree, own_, bases_.layer_count, operation_.observer);
    judge_settings();
    judge_databases(ours);
    MergeResult merged = merge_trees(operation_, bases_.old_tree, ours, bases_.new_tree, choices_,
                                     emptied_directories(bases_.old_tree, ours, own_));
    result_.paths = std::move(merged.paths);
    if (result_.is_open()) return std::move(result_);
    if (options_.layers == RebaseLayers::kept) {
      keep_layers(ours, merged.tree);
    } else {
      judge_packages(ours, merged.tree);
      if (options_.work == RebaseWork::whole) rewrite_layers(merged.tree);
    }
    return std::move(result_);
  }

 private:
  // An rpm database that is another file on each side escapes the merge of trees.
  void judge_databases(const Tree& ours) {
    auto clash = rpm_clash(operation_, bases_.old_tree, ours, bases_.new_tree);
    if (!clash) return;
    result_.problems.push_back({PackageProblemKind::database, "rpm", "", std::move(*clash)});
  }

  void judge_packages(const Tree& ours, const Tree& merged) {
    auto problems = package_problems(operation_, {bases_.old_tree, ours, bases_.new_tree, merged});
    result_.problems.insert(result_.problems.end(), problems.begin(), problems.end());
  }

  void judge_settings() {
    config_ = find_config(image_);
    if (!bases_.old_image) return;
    MergedSettings merged = merge_settings(*bases_.old_image, image_, bases_.new_image,
                                           choices_.policy, choices_.settings);
    result_.settings = std::move(merged.verdicts);
    config_ = std::move(merged.config);
  }

  static Json find_config(const Image& image) {
    const Json* const config = find_field(image.configuration_json(), "config");
    return config == nullptr ? Json() : *config;
  }

  // ---- own layers kept --------------------------------------------------------------------------

  void keep_layers(const Tree& ours, const Tree& wanted) {
    const bool is_again = has_resolution(image_, bases_.layer_count);
    const Layers kept(own_.begin(), own_.end() - (is_again ? 1 : 0));
    const std::optional<Tree> shown = apply_kept(kept);
    if (!shown) return;
    judge_packages(ours, wanted);
    if (options_.work == RebaseWork::judge_only) return;
    const auto written = write_difference(operation_, *shown, wanted, image_.family());
    const Image own = is_again ? without_top_step(image_) : image_;
    Image swapped = replace_base(own, bases_.layer_count, bases_.new_image, old_image());
    if (written) {
      result_.resolution = written->layer;
      swapped = with_resolution(swapped, written->layer);
    }
    finish(swapped);
  }

  // Nullopt, and a conflict, for a layer that only its old base can carry: it links to what is
  // gone.
  std::optional<Tree> apply_kept(const Layers& kept) {
    SilentObserver silent;  // what there is to say was said when all stood on the old base
    try {
      return apply_layers(bases_.new_tree, kept, bases_.layer_count, silent);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      const Diagnostic* const diagnostic = error.diagnostic();
      MergedPath path;
      path.verdict = Verdict::conflict;
      path.kind = ConflictKind::hardlink;
      path.needs_more = true;
      std::string layer = "a layer";
      if (diagnostic != nullptr) {
        path.path = diagnostic->path;
        if (diagnostic->layer_index) layer = fmt::format("layer {}", *diagnostic->layer_index + 1);
      }
      path.reason =
          layer + " links to a file that the new base does not have; --rewrite makes it anew";
      result_.paths.insert(
          std::ranges::upper_bound(result_.paths, path.path, PathLess(), &MergedPath::path),
          std::move(path));
      return std::nullopt;
    }
  }

  static Image with_resolution(const Image& image, const ImageLayer& layer) {
    std::vector<StoryStep> steps = story_steps(image);
    StoryStep& step = steps.emplace_back();
    // No clock: the time of the image itself.
    step.entry = HistoryEntry::make(image.created(), "REBASE # by imgops",
                                    std::string(resolution_comment), false);
    step.layer = layer;
    return with_story(image, steps);
  }

  // ---- own layers rewritten ---------------------------------------------------------------------

  // Each layer does on the new base what it did on the old one, and where that cannot be told, what
  // the image's own side wants; the last one ends at what the merge wants.
  void rewrite_layers(const Tree& wanted) {
    const auto own = image_.layers().subspan(bases_.layer_count);
    MergeChoices between{choices_.policy, choices_.paths, choices_.settings, choices_.drivers};
    if (between.policy == MergePolicy::fail) between.policy = MergePolicy::ours;
    std::vector<std::optional<ImageLayer>> layers;
    Tree before = bases_.old_tree;
    Tree current = bases_.new_tree;
    for (std::size_t at = 0; at + 1 < own.size(); ++at) {
      Tree after = apply_own(before, at);
      ReplayedLayer replayed = replay(operation_, before, after, own[at], own_[at], current,
                                      between, image_.family(), LayerSide::ours);
      before = std::move(after);
      layers.emplace_back();  // what cannot stand there alone, later layers bring
      if (replayed.is_open()) continue;
      layers.back() = replayed.layer;
      current = std::move(replayed.tree);
    }
    if (!own.empty()) layers.push_back(last_layer(current, own.back(), wanted));
    finish(with_own_layers(layers));
  }

  std::optional<ImageLayer> last_layer(const Tree& current, const ImageLayer& last,
                                       const Tree& wanted) const {
    const auto shown = apply_elsewhere(current, std::span(&own_.back(), 1));
    if (shown && shows(operation_, *shown, wanted)) return last;
    const auto written = write_difference(operation_, current, wanted, image_.family());
    return written ? std::optional(written->layer) : std::nullopt;
  }

  Tree apply_own(const Tree& lower, std::size_t at) const {
    SilentObserver silent;  // what there is to say was said when all were applied
    return apply_layers(lower, std::span(&own_[at], 1), bases_.layer_count + at, silent);
  }

  Image with_own_layers(const std::vector<std::optional<ImageLayer>>& layers) const {
    const Image swapped = replace_base(image_, bases_.layer_count, bases_.new_image, old_image());
    std::vector<StoryStep> steps = story_steps(swapped);
    std::size_t at = layers.size();
    for (auto step = steps.rbegin(); step != steps.rend() && at > 0; ++step) {
      if (step->layer) step->layer = layers[--at];
    }
    return with_story(swapped, steps);
  }

  // ---- the image --------------------------------------------------------------------------------

  const Image* old_image() const { return bases_.old_image ? &*bases_.old_image : nullptr; }

  void finish(const Image& image) {
    result_.image = with_config(image, config_);
    result_.changed = !(result_.image.descriptor() == image_.descriptor());
    store_image(operation_.blobs, result_.image);
  }

  const Operation& operation_;
  const Image& image_;
  const BasePair& bases_;
  const MergeChoices& choices_;
  const RebaseOptions& options_;
  RebasedImage result_;
  Layers own_;   // above the old base
  Json config_;  // of the result
};

}  // namespace

BasePair open_bases(const Operation& operation, const Image& image, std::size_t layer_count,
                    std::optional<Image> old_base, const Image& new_base) {
  return {layer_count, std::move(old_base), view(operation, image, layer_count), new_base,
          view(operation, new_base)};
}

bool serves(const BasePair& bases, const Image& image, std::size_t layer_count) {
  if (!bases.old_image || bases.layer_count != layer_count) return false;
  return shared_layer_count(*bases.old_image, image) >= layer_count &&
         bases.old_image->layers().size() == layer_count;
}

bool RebasedImage::is_open() const noexcept {
  return std::ranges::any_of(paths, &MergedPath::is_open) ||
         std::ranges::any_of(
             settings, [](const SettingVerdict& verdict) { return imgops::is_open(verdict); });
}

RebasedImage rebase(const Operation& operation, const Image& image, const BasePair& bases,
                    const MergeChoices& choices, const RebaseOptions& options) {
  return of_image(operation, image,
                  [&] { return Rebase(operation, image, bases, choices, options).run(); });
}

}  // namespace imgops
