// The views of all images are compared with the first one's, one at a time. What is alike in all of
// them, laid over the view they share, is the base; laid over what an image was after each of its
// layers, it gives the steps in which the image now leads from the base to its old view. Each step
// is one comparison, as in compress; whiteouts and opaque directories that would hide what moved
// have no part in it.
#include "libimgops/ops/factor.hpp"

#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/common_settings.hpp"
#include "libimgops/ops/common_tree.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tree/implied.hpp"
#include "libimgops/tree/union.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace imgops {
namespace {

using Layers = std::vector<std::shared_ptr<const LayerIndex>>;

void check_images(std::span<const Image> images) {
  if (images.size() < 2) {
    throw Error(ErrorKind::invalid_argument, "a common base needs at least two images");
  }
  const Platform platform = images.front().platform();
  for (const Image& image : images) {
    if (image.platform().to_string() == platform.to_string()) continue;
    throw Error(ErrorKind::invalid_argument,
                fmt::format("images for {} and for {} have no common base", platform.to_string(),
                            image.platform().to_string()));
  }
}

std::size_t shared_by_all(std::span<const Image> images) {
  std::size_t count = images.front().layers().size();
  for (const Image& image : images) {
    count = std::min(count, shared_layer_count(images.front(), image));
  }
  return count;
}

// M10.
bool is_clamped_time(const Change& change) {
  if (change.before == nullptr || change.after == nullptr) return false;
  Differences left = change.differences;
  left.mtime = false;
  const std::int64_t seconds = change.before->inode()->mtime().seconds;
  return !left.any() && (seconds < 0 || seconds > limits::largest_mtime_seconds);
}

// A directory nobody described has any time until it is written: then it has that of its member.
Tree as_written(const Tree& tree, std::span<const PlannedMember> plan) {
  static ShapeStore shapes;
  static const Inode described = [] {
    InodeFields inode = fields_of(implied_directory());
    inode.implied = false;
    return Inode(inode, shapes);
  }();
  std::unordered_set<std::string_view> written;
  for (const PlannedMember& member : plan) {
    if (member.kind() == EntryKind::file && member.inode()->implied())
      written.insert(member.path());
  }
  if (written.empty()) return tree;
  std::vector<Node> nodes(tree.nodes().begin(), tree.nodes().end());
  for (Node& node : nodes) {
    if (written.contains(node.path())) node = Node(node.path(), described, node.layer_number());
  }
  return {std::move(nodes), tree.owners()};
}

// What moved: everything but directories that the new layer writes.
using Moved = std::unordered_set<std::string_view>;

class Factoring {
 public:
  Factoring(const Operation& operation, std::span<const Image> images, const FactorOptions& options)
      : operation_(operation), images_(images), options_(options) {}

  FactorResult run() {
    check_images(images_);
    result_.shared_layers = shared_by_all(images_);
    open_layers();
    const CommonTree common = find_common();
    const Tree planned = common.laid_over(lower_);
    const std::vector<PlannedMember> plan = plan_between(lower_, planned);
    const Tree base = as_written(planned, plan);
    Moved moved;
    for (const PlannedMember& member : plan) {
      if (member.kind() == EntryKind::whiteout) continue;
      if (member.inode()->type() == FileType::directory) continue;
      moved.insert(member.path());
      ++result_.files;
      if (member.kind() == EntryKind::file) result_.bytes += member.inode()->content().size_bytes;
    }
    if (moved.empty() || result_.bytes < options_.least_bytes) return std::move(result_);
    write_base(plan);
    for (std::size_t number = 0; number < images_.size(); ++number) {
      result_.images.push_back(of_image(operation_, images_[number],
                                        [&] { return rewritten(number, common, base, moved); }));
    }
    return std::move(result_);
  }

 private:
  // Held to the end, so that every layer is read once and inodes of shared layers stay the same.
  void open_layers() {
    for (const Image& image : images_) {
      layers_.push_back(of_image(operation_, image, [&] {
        return operation_.layers.open(image.layers(), operation_.workers, operation_.observer,
                                      operation_.stop);
      }));
    }
    lower_ = apply_layers(Tree(), std::span(layers_.front()).first(result_.shared_layers), 0,
                          operation_.observer);
  }

  Tree view_of(std::size_t number, Observer& observer) const {
    const auto own = std::span(layers_[number]).subspan(result_.shared_layers);
    return of_image(operation_, images_[number],
                    [&] { return apply_layers(lower_, own, result_.shared_layers, observer); });
  }

  CommonTree find_common() const {
    CommonTree common(lower_, view_of(0, operation_.observer));
    CompareOptions options;
    options.ignore_mtime = options_.ignore_mtime;
    for (std::size_t number = 1; number < images_.size(); ++number) {
      common.add(view_of(number, operation_.observer), operation_.layers, options, operation_.stop);
    }
    common.finish();
    return common;
  }

  std::vector<PlannedMember> plan_between(const Tree& before, const Tree& after) const {
    return plan_layer(after, compare(before, after, operation_.layers, {}, operation_.stop));
  }

  ImageLayer write(std::span<const PlannedMember> plan) const {
    return write_layer(operation_.blobs, plan, operation_.layers, operation_.workers,
                       operation_.observer, operation_.encoder, images_.front().family(),
                       operation_.stop)
        .layer;
  }

  void write_base(std::span<const PlannedMember> plan) {
    base_layer_ = write(plan);
    result_.stored_bytes = base_layer_->descriptor.size_bytes();
    const Image shared = common_settings(images_, result_.shared_layers, options_.created);
    result_.base = append_layer(shared, *base_layer_, base_entry());
    store_image(operation_.blobs, *result_.base);
  }

  HistoryEntry base_entry() const {
    const std::string& created =
        options_.created.empty() ? images_.front().created() : options_.created;
    return HistoryEntry::make(created, options_.message, "", false);
  }

  Image rewritten(std::size_t number, const CommonTree& common, const Tree& base,
                  const Moved& moved) const {
    const std::size_t shared = result_.shared_layers;
    Image image = replace_layers(images_[number], {shared, shared}, &*base_layer_, base_entry());
    image = options_.one_layer ? with_one_layer(std::move(image), number, common, base)
                               : with_own_layers(std::move(image), number, common, base, moved);
    store_image(operation_.blobs, image);
    if (options_.verify) verify(number, image);
    return image;
  }

  Image with_one_layer(Image image, std::size_t number, const CommonTree& common,
                       const Tree& base) const {
    const LayerRange own{result_.shared_layers + 1, image.layers().size()};
    if (own.first == own.end) return image;
    SilentObserver silent;
    const Tree view = common.laid_over(view_of(number, silent));
    const std::vector<PlannedMember> plan = plan_between(base, view);
    const HistoryEntry entry = HistoryEntry::make(
        images_[number].created(), options_.message + " # what is its own", "", false);
    if (plan.empty()) return replace_layers(image, own, nullptr, entry);
    const ImageLayer layer = write(plan);
    return replace_layers(image, own, &layer, entry);
  }

  // Layer by layer. `before` and `after` are what the new image is below and above the layer.
  Image with_own_layers(Image image, std::size_t number, const CommonTree& common, const Tree& base,
                        const Moved& moved) const {
    SilentObserver silent;
    Tree view = lower_;
    Tree before = base;
    std::size_t place = result_.shared_layers + 1;
    for (std::size_t at = result_.shared_layers; at < layers_[number].size(); ++at) {
      const auto layer = std::span(layers_[number]).subspan(at, 1);
      view = apply_layers(view, layer, at, silent);
      const Tree after = common.laid_over(view);
      if (!holds_moved(view, *layer.front(), moved) && does_the_same(before, layer, after)) {
        ++place;
        before = after;
        continue;
      }
      const std::vector<PlannedMember> plan = plan_between(before, after);
      place += replace_layer(image, place, plan);
      before = as_written(after, plan);
    }
    return image;
  }

  // Whether any name that moved is this layer's.
  static bool holds_moved(const Tree& view, const LayerIndex& layer, const Moved& moved) {
    return std::ranges::any_of(view.nodes(), [&](const Node& node) {
      return node.layer() == &layer && moved.contains(node.path());
    });
  }

  bool does_the_same(const Tree& before, std::span<const std::shared_ptr<const LayerIndex>> layer,
                     const Tree& after) const {
    SilentObserver silent;
    try {
      const Tree seen = apply_layers(before, layer, result_.shared_layers + 1, silent);
      return compare(seen, after, operation_.layers, {}, operation_.stop).empty();
    } catch (const Error& error) {
      // Its entries do not fit onto what is below it now.
      if (error.kind() != ErrorKind::corrupt || error.diagnostic() == nullptr) throw;
      return false;
    }
  }

  // Returns how many layers stand for it now: one or none.
  std::size_t replace_layer(Image& image, std::size_t place,
                            std::span<const PlannedMember> plan) const {
    const LayerRange range{place, place + 1};
    const HistoryEntry entry = entry_of_layer(image, place);
    if (plan.empty()) {
      image = replace_layers(image, range, nullptr, entry, HistoryMode::one);
      return 0;
    }
    const ImageLayer layer = write(plan);
    image = replace_layers(image, range, &layer, entry, HistoryMode::one);
    return 1;
  }

  static HistoryEntry entry_of_layer(const Image& image, std::size_t place) {
    for (const HistoryStep& step : pair_history(image.history(), image.layers().size()).steps) {
      if (step.layer == place && step.entry) return image.history()[*step.entry];
    }
    return HistoryEntry::make(image.created(), "", "", false);
  }

  // C12.
  void verify(std::size_t number, const Image& image) const {
    SilentObserver silent;
    const Layers layers = operation_.layers.open(image.layers(), operation_.workers,
                                                 operation_.observer, operation_.stop);
    const Tree after = apply_layers(Tree(), layers, 0, silent);
    CompareOptions options;
    options.ignore_mtime = options_.ignore_mtime;
    const Tree before = view_of(number, silent);
    for (const Change& change :
         compare(before, after, operation_.layers, options, operation_.stop)) {
      if (is_clamped_time(change)) continue;
      throw Error(ErrorKind::conflict, "verification failed: /" + printable(change.path()) +
                                           " is not what it was before");
    }
  }

  const Operation& operation_;
  std::span<const Image> images_;
  const FactorOptions& options_;
  std::vector<Layers> layers_;
  Tree lower_;
  std::optional<ImageLayer> base_layer_;
  FactorResult result_;
};

}  // namespace

FactorResult factor(const Operation& operation, std::span<const Image> images,
                    const FactorOptions& options) {
  return Factoring(operation, images, options).run();
}

}  // namespace imgops
