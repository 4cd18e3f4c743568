// A base, images built on it and the means to patch them, in memory.
#pragma once

#include "libimgops/diff/compare.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/append.hpp"
#include "libimgops/ops/merge_drivers.hpp"
#include "libimgops/ops/patch_fleet.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/layer_builder.hpp"

#include <memory>
#include <string>
#include <vector>

namespace imgops::testing {

struct PatchWorkshop {
  explicit PatchWorkshop(std::size_t threads = 2) : workers(threads) {}
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers;
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};
  std::vector<std::shared_ptr<const LayerIndex>> held;  // what patches were made of

  Image add(const Image& image, const std::shared_ptr<const LayerIndex>& layer,
            std::vector<std::string> removed = {}) {
    AppendOptions options;
    options.message = "step";
    options.removed = std::move(removed);
    return append(operation, image, std::span(&layer, 1), options).image;
  }

  // A layer as it is, markers and all.
  Image add_raw(const Image& image, const LayerIndex& layer) {
    std::vector<PlannedMember> plan;
    for (const LayerEntry& entry : layer.entries) {
      plan.push_back(testing::made_anew(entry));
    }
    const WrittenLayer written =
        write_layer(blobs, plan, cache, workers, observer, {}, MediaFamily::oci);
    return append_layer(image, written.layer, HistoryEntry::make("", "raw", "", false));
  }

  // Two layers: a library with its database, and a tool.
  Image base() {
    Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
    image = add(image, LayerBuilder()
                           .directory("usr")
                           .directory("usr/lib")
                           .file("usr/lib/library", "old library")
                           .file("usr/lib/other", "other")
                           .directory("var")
                           .file("var/status", "library 1")
                           .symlink("lib", "usr/lib")
                           .build());
    return add(image, LayerBuilder().directory("bin").file("bin/tool", "old tool").build());
  }

  BasePatch patch(const Image& image, const std::shared_ptr<const LayerIndex>& files,
                  PatchPlace place = PatchPlace::in_place,
                  const std::vector<std::string>& removed = {}) {
    held.push_back(files);
    Tree lower = view(operation, image);
    const PatchSource source{"patch", files};
    Tree upper = patched_view(operation, image, lower, std::span(&source, 1));
    if (!removed.empty()) {
      LayerBuilder markers;
      for (const std::string& path : removed) markers.whiteout(path);
      held.push_back(markers.build());
      upper = apply_layers(upper, std::span(&held.back(), 1), image.layers().size(), observer);
    }
    PatchOptions options;
    options.place = place;
    options.message = "PATCH library";
    BasePatch patch = plan_patch(operation, image, std::move(lower), std::move(upper), options);
    write_patch(operation, patch, options);
    return patch;
  }

  PatchedChild child(const BasePatch& patch, const Image& image, bool overrides = false) {
    ChildOptions options;
    options.patch.place = patch.place;
    options.patch.message = "PATCH library";
    options.overrides = overrides;
    return ChildPatcher(operation, patch, options).patch(image);
  }

  bool shows(const Image& image, std::string_view path, const std::string& text) {
    const Tree tree = view(operation, image);
    const Node* const node = tree.find(path);
    return node != nullptr && node->inode()->type() == FileType::regular &&
           ContentReader(cache).text(node->inode()->content(), 1 << 20) == text;
  }

  // Whether some layer of the image has the bytes anywhere.
  bool holds(const Image& image, const std::string& bytes) {
    for (const ImageLayer& layer : image.layers()) {
      const auto index = cache.open(std::span(&layer, 1), workers, observer).front();
      const auto cursor = cache.cursor(*index);
      std::vector<std::byte> archive(index->archive_bytes);
      std::size_t at = 0;
      while (at < archive.size()) at += cursor->read_at(at, std::span(archive).subspan(at));
      if (as_text(archive).find(bytes) != std::string_view::npos) return true;
    }
    return false;
  }
};

inline std::vector<FleetResult> carry(PatchWorkshop& shop, const BasePatch& patch,
                                      const std::vector<FleetImage>& images,
                                      const MergeChoices* merge = nullptr) {
  ChildOptions options;
  options.patch.place = patch.place;
  options.patch.message = "PATCH library";
  options.merge = merge;
  FleetPatcher patcher(shop.operation, std::span(&patch, 1), options);
  patcher.judge(images);
  return patcher.patch(images, "base:1");
}

inline std::string status(std::string_view name, std::string_view version) {
  return "Package: " + std::string(name) +
         "\nStatus: install ok installed\nVersion: " + std::string(version) + "\n";
}

struct DatabaseWorkshop : PatchWorkshop {
  Image base_image() {
    return add(PatchWorkshop::base(), LayerBuilder()
                                          .directory("var/lib")
                                          .directory("var/lib/dpkg")
                                          .file("var/lib/dpkg/status", status("library", "1"))
                                          .build());
  }
  static std::shared_ptr<const LayerIndex> update(std::string_view version) {
    return LayerBuilder()
        .file("usr/lib/library", "library " + std::string(version))
        .file("var/lib/dpkg/status", status("library", version))
        .build();
  }
  Image with_own_package(const Image& base) {
    return add(base,
               LayerBuilder()
                   .file("var/lib/dpkg/status", status("library", "1") + "\n" + status("tool", "7"))
                   .build());
  }
};

inline MergeChoices choices() {
  MergeChoices result;
  result.policy = MergePolicy::ours;
  result.drivers = standard_merge_drivers();
  return result;
}

}  // namespace imgops::testing
