// Blobs in memory and the means to make images of them and work on those.
#pragma once

#include "libimgops/diff/compare.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/append.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/layer_builder.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::testing {

struct Workshop {
  explicit Workshop(std::size_t threads = 2) : workers(threads) {}
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers;
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};

  static Image empty() { return empty_image({"linux", "amd64", ""}, MediaFamily::oci); }

  Image add(const Image& image, const std::shared_ptr<const LayerIndex>& layer,
            std::vector<std::string> removed = {}) {
    AppendOptions options;
    options.message = "step";
    options.removed = std::move(removed);
    return append(operation, image, std::span(&layer, 1), options).image;
  }

  // A layer as it is, markers, links to lower files and all.
  Image add_raw(const Image& image, const std::shared_ptr<const LayerIndex>& layer) {
    std::vector<PlannedMember> plan;
    for (const LayerEntry& entry : layer->entries) {
      plan.push_back(testing::made_anew(entry));
    }
    const WrittenLayer written =
        write_layer(blobs, plan, cache, workers, observer, {}, MediaFamily::oci);
    return append_layer(image, written.layer, HistoryEntry::make("", "raw", "", false));
  }

  // The same from an archive, whatever it holds.
  Image add_archive(const Image& image, const std::string& archive) {
    BlobStore& store = blobs;
    const auto writer = store.create();
    writer->write(as_bytes(archive));
    const Digest digest = writer->commit();
    const Descriptor descriptor("application/vnd.oci.image.layer.v1.tar", digest, archive.size());
    return append_layer(image, {descriptor, DiffId{digest}},
                        HistoryEntry::make("", "raw", "", false));
  }

  // Text of a file, "-" when it is not there, "(other)" when it is no file.
  std::string text(const Image& image, std::string_view path) {
    const Tree tree = view(operation, image);
    const Node* const node = tree.find(path);
    if (node == nullptr) return "-";
    if (node->inode()->type() != FileType::regular) return "(other)";
    if (node->inode()->content().origin == nullptr) return "";
    return ContentReader(cache).text(node->inode()->content(), 1 << 20);
  }

  // Everything but times.
  bool is_same(const Image& left, const Image& right) {
    CompareOptions options;
    options.ignore_mtime = true;
    return compare(view(operation, left), view(operation, right), cache, options).empty();
  }
};

}  // namespace imgops::testing
