#include "tools/imgops/layout_blobs_use.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/store/closure.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

namespace imgops::cli {
namespace {

std::set<Digest> reachable(Place& place) {
  std::set<Digest> digests;
  for (const Descriptor& listed : place.index().manifests()) {
    for (const Descriptor& blob : closure(place.blobs(), listed, place.text())) {
      digests.insert(blob.digest());
    }
  }
  return digests;
}

}  // namespace

BlobUse measure_blobs(Place& place) {
  BlobUse use;
  if (place.repository() == nullptr) return use;
  const std::set<Digest> used = reachable(place);
  const std::filesystem::path blobs = place.repository()->path() / "blobs";
  for (const char* const algorithm : {"sha256", "sha512"}) {
    std::error_code absent;
    for (const auto& file : std::filesystem::directory_iterator(blobs / algorithm, absent)) {
      const auto digest =
          Digest::try_parse(std::string(algorithm) + ":" + file.path().filename().string());
      if (!digest || !file.is_regular_file()) continue;
      use.total_bytes += file.file_size();
      if (used.contains(*digest)) continue;
      use.dangling_bytes += file.file_size();
      ++use.dangling_count;
    }
  }
  return use;
}

std::string use_text(const Context& context, const DiskUse& use, const BlobUse* blobs) {
  Table table({{"REF"},
               {"LAYERS", Align::right},
               {"TOTAL", Align::right},
               {"UNIQUE", Align::right},
               {"SHARED", Align::right},
               {""}});
  for (const ImageUse& image : use.images) {
    table.add({printable(image.name), std::to_string(image.layers),
               shown_size(context, image.total_bytes), shown_size(context, image.unique_bytes),
               shown_size(context, image.shared_bytes),
               printable(fmt::format("{}{}", fmt::join(image.shared_with, " "),
                                     image.has_more_companions ? " …" : ""))});
  }
  std::string text = table.text(table_width(context));
  text += fmt::format("{}  {} on disk (sum of images {})", blobs == nullptr ? "layers" : "layout",
                      shown_size(context, use.stored_bytes), shown_size(context, use.sum_bytes));
  if (blobs != nullptr && blobs->dangling_count > 0) {
    text += fmt::format(", and {} that no image uses: {}", counted(blobs->dangling_count, "blob"),
                        shown_size(context, blobs->dangling_bytes));
  }
  return text + "\n";
}

}  // namespace imgops::cli
