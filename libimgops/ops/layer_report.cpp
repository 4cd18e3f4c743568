// The view is built layer by layer, and each step walked beside the one before. A body is known by
// the layer that carries it and its place there, so that hard links count once and a body shows as
// long as one name of it does.
#include "libimgops/ops/layer_report.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace imgops {
namespace {

struct Body {
  std::size_t layer = 0;  // who carries it: one layer may stand in a stack twice (J08)
  std::uint64_t offset_bytes = 0;
  friend auto operator<=>(const Body&, const Body&) = default;
};
using Bodies = std::set<Body>;

bool has_body(const Inode& inode) {
  return inode.type() == FileType::regular && inode.content().origin != nullptr &&
         inode.content().size_bytes > 0;
}

class Reporter {
 public:
  Reporter(const Operation& operation, const Image& image)
      : operation_(operation),
        image_(image),
        layers_(operation.layers.open(image.layers(), operation.workers, operation.observer,
                                      operation.stop)) {}

  ImageReport run() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Tree tree =
          apply_layers(report_.tree, std::span(layers_).subspan(i, 1), i, operation_.observer);
      report_.layers.push_back(report_layer(i, tree));
      report_.tree = std::move(tree);
    }
    report_runtime_paths(report_.tree, operation_.observer);
    for (const LayerReport& layer : report_.layers) {
      report_.stored_bytes += layer.stored_bytes;
      report_.unpacked_bytes += layer.unpacked_bytes;
    }
    report_.visible_bytes = report_.unpacked_bytes;
    for (const HiddenFile& file : report_.hidden) report_.visible_bytes -= file.bytes;
    std::sort(
        report_.hidden.begin(), report_.hidden.end(), [](const auto& left, const auto& right) {
          if (left.bytes != right.bytes) return left.bytes > right.bytes;
          return std::tie(left.path, left.written_in) < std::tie(right.path, right.written_in);
        });
    return std::move(report_);
  }

 private:
  LayerReport report_layer(std::size_t number, const Tree& tree) {
    LayerReport layer;
    layer.stored_bytes = image_.layers()[number].descriptor.size_bytes();
    const CompareOptions options{false, ContentProof::never};
    for (const Change& change : compare(report_.tree, tree, operation_.layers, options)) {
      if (change.path().empty()) continue;
      if (change.before == nullptr) {
        ++layer.added;
      } else if (change.after == nullptr) {
        ++layer.deleted;
      } else {
        ++layer.modified;
      }
    }
    hide_replaced(number, tree, layer);
    count_own_bodies(number, tree, layer);
    return layer;
  }

  Body body_of(const Node& node) const {
    std::size_t layer = node.layer_number();
    while (layer > 0 && layers_[layer].get() != node.inode()->content().origin) --layer;
    return {layer, node.inode()->content().offset_bytes};
  }

  // Bodies with several names, as far as they show in `tree`.
  Bodies linked_bodies(const Tree& tree) const {
    Bodies bodies;
    for (const auto& group : link_groups(tree)) {
      if (has_body(*group.front()->inode())) bodies.insert(body_of(*group.front()));
    }
    return bodies;
  }

  // Bodies of lower layers that showed until now. A file written again with the same attributes and
  // bytes is no change, and hides the first copy all the same: so nodes are walked, not changes.
  void hide_replaced(std::size_t number, const Tree& tree, LayerReport& layer) {
    const Bodies linked = linked_bodies(report_.tree);
    const Bodies linked_shown = linked.empty() ? Bodies() : shown_of(linked, tree);
    Bodies linked_gone;
    const auto after = tree.nodes();
    std::size_t at = 0;
    for (const Node& node : report_.tree.nodes()) {
      while (at < after.size() && compare_paths(after[at].path(), node.path()) < 0) ++at;
      const Node* now = at < after.size() && after[at].path() == node.path() ? &after[at] : nullptr;
      if (!has_body(*node.inode())) continue;
      if (now != nullptr && now->inode() == node.inode() &&
          now->layer_number() == node.layer_number())
        continue;
      const Body body = body_of(node);
      if (now != nullptr && has_body(*now->inode()) && body_of(*now) == body) continue;
      if (linked.count(body) != 0 &&
          (linked_shown.count(body) != 0 || !linked_gone.insert(body).second)) {
        continue;
      }
      hide(node.path(), node.inode()->content().size_bytes, body.layer, number,
           reason_of(*node.inode(), now), layer);
    }
  }

  Bodies shown_of(const Bodies& bodies, const Tree& tree) const {
    Bodies shown;
    for (const Node& node : tree.nodes()) {
      if (has_body(*node.inode()) && bodies.count(body_of(node)) != 0) shown.insert(body_of(node));
    }
    return shown;
  }

  static HiddenReason reason_of(const Inode& before, const Node* now) {
    if (now == nullptr) return HiddenReason::deleted;
    const bool same = has_body(*now->inode()) &&
                      now->inode()->content().size_bytes == before.content().size_bytes &&
                      now->inode()->content().fingerprint == before.content().fingerprint;
    return same ? HiddenReason::metadata_only : HiddenReason::rewritten;
  }

  // What the layer carries, and what of it never shows: names that it holds twice.
  void count_own_bodies(std::size_t number, const Tree& tree, LayerReport& layer) {
    Bodies shown;
    for (const Node& node : tree.nodes()) {
      if (node.layer_number() == number && has_body(*node.inode())) shown.insert(body_of(node));
    }
    for (const LayerEntry& entry : layers_[number]->entries) {
      if (entry.kind() != EntryKind::file || !has_body(entry.inode)) continue;
      const std::uint64_t bytes = entry.inode.content().size_bytes;
      layer.unpacked_bytes += bytes;
      if (shown.count({number, entry.inode.content().offset_bytes}) != 0) continue;
      hide(entry.path, bytes, number, number, HiddenReason::rewritten, layer);
    }
  }

  void hide(std::string_view path, std::uint64_t bytes, std::size_t written_in,
            std::size_t hidden_by, HiddenReason reason, LayerReport& layer) {
    layer.hidden_bytes += bytes;
    if (reason == HiddenReason::metadata_only) layer.repeats_bytes = true;
    report_.hidden.push_back({std::string(path), bytes, written_in, hidden_by, reason});
  }

  const Operation& operation_;
  const Image& image_;
  std::vector<std::shared_ptr<const LayerIndex>> layers_;
  ImageReport report_;
};

}  // namespace

ImageReport report_layers(const Operation& operation, const Image& image) {
  return of_image(operation, image, [&] { return Reporter(operation, image).run(); });
}

}  // namespace imgops
