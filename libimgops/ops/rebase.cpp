// Three trees: the old base, ours (the image), theirs (the new base). The merge of the three is
// what the result has to show. Below, the bases are swapped and the image's own layers stay; what
// that shows by itself is compared with what is wanted, and the difference is the resolution layer.
#include "libimgops/ops/rebase.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/replace_base.hpp"
#include "libimgops/image/story.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tree/union.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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

// Of several verdicts on one path, layer by layer, the one that says most.
int weight(const MergedPath& path) {
  if (path.is_open()) return 5;
  switch (path.verdict) {
    case Verdict::conflict:
      return 4;
    case Verdict::merged:
      return 3;
    case Verdict::keep_app:
      return 2;
    case Verdict::same:
      return 1;
    case Verdict::take_new:
      break;
  }
  return 0;
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
    if (stands_on(image_, bases_.new_image)) return std::move(result_);
    own_ = operation_.layers.open(image_.layers().subspan(bases_.layer_count), operation_.workers,
                                  operation_.observer, operation_.stop, bases_.layer_count);
    const Tree ours = apply_layers(bases_.old_tree, own_, bases_.layer_count, operation_.observer);
    judge_settings();
    judge_databases(ours);
    const bool by_layer =
        options_.layers == RebaseLayers::rewritten && options_.work == RebaseWork::whole;
    if (by_layer) {
      rewrite_layers(ours);
    } else {
      keep_layers(ours);
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

  void keep_layers(const Tree& ours) {
    const std::vector<std::string> emptied = emptied_directories(bases_.old_tree, ours, own_);
    MergeResult merged =
        merge_trees(operation_, bases_.old_tree, ours, bases_.new_tree, choices_, emptied);
    result_.paths = std::move(merged.paths);
    if (result_.is_open()) return;
    const bool is_again = has_resolution(image_, bases_.layer_count);
    const Layers kept(own_.begin(), own_.end() - (is_again ? 1 : 0));
    const std::optional<Tree> shown = apply_elsewhere(bases_.new_tree, kept);
    if (!shown) {
      refuse_layers();
      return;
    }
    judge_packages(ours, merged.tree);
    if (options_.work == RebaseWork::judge_only) return;
    const auto written = write_difference(operation_, *shown, merged.tree, image_.family());
    const Image own = is_again ? without_top_step(image_) : image_;
    Image swapped = replace_base(own, bases_.layer_count, bases_.new_image, old_image());
    if (written) {
      result_.resolution = written->layer;
      swapped = with_resolution(swapped, written->layer);
    }
    finish(swapped);
  }

  // A layer that only its old base could carry: links to files that are gone.
  void refuse_layers() {
    MergedPath path;
    path.verdict = Verdict::conflict;
    path.kind = ConflictKind::hardlink;
    path.reason =
        "a layer links to a file that the new base does not have; --rewrite makes the "
        "layer anew";
    result_.paths.insert(result_.paths.begin(), std::move(path));
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

  void rewrite_layers(const Tree& ours) {
    std::map<std::string, MergedPath, PathLess> verdicts;
    const auto own = image_.layers().subspan(bases_.layer_count);
    std::vector<std::optional<ImageLayer>> layers;
    Tree before = bases_.old_tree;
    Tree current = bases_.new_tree;
    for (std::size_t at = 0; at < own.size(); ++at) {
      Tree after = apply_elsewhere_or_throw(before, own_[at]);
      ReplayedLayer replayed = replay(operation_, before, after, own[at], own_[at], current,
                                      choices_, image_.family(), LayerSide::ours);
      for (MergedPath& path : replayed.paths) {
        MergedPath& known = verdicts[path.path];
        if (known.path.empty() || weight(path) > weight(known)) known = path;
      }
      if (replayed.is_open()) break;
      layers.push_back(replayed.layer);
      before = std::move(after);
      current = std::move(replayed.tree);
    }
    for (auto& [text, path] : verdicts) result_.paths.push_back(std::move(path));
    if (result_.is_open()) return;
    judge_packages(ours, current);
    finish(with_own_layers(layers));
  }

  Tree apply_elsewhere_or_throw(const Tree& lower,
                                const std::shared_ptr<const LayerIndex>& layer) const {
    SilentObserver silent;  // what there is to say was said when all were applied
    return apply_layers(lower, std::span(&layer, 1), 0, silent);
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
