// Rewriting platform by platform, and what is told about it: shared by compress, flatten, append.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/compress.hpp"
#include "tools/imgops/write_result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

// What is to be compressed: an image, and where in it.
struct RewriteRange {
  Revision image;                // with suffixes: only up to there
  std::optional<Revision> from;  // below the range; nullopt: the base
};
// IMAGE, A..B or ..B. Throws Error(invalid_argument) for A...B.
RewriteRange parse_rewrite_range(Context& context, std::string_view word);

// The layers of `whole` that `range` means; `base` is what "the base" is. Throws Error(not_found)
// when the left side is no ancestor.
LayerRange layers_of_range(Context& context, const RewriteTarget& target, const RewriteRange& range,
                           const PlatformImage& whole, const std::optional<BaseMatch>& base);

// A..B or ..B of one platform, to look at: B, and which of its layers.
struct SelectedRange {
  SelectedImage image;
  LayerRange layers;
};
SelectedRange select_layers(Context& context, std::string_view word);

// What the result's base annotations should say.
enum class BaseStatement : std::uint8_t {
  unknown,  // leave them
  known,    // as PlatformOutcome::base
  gone      // its layers are no longer the lowest: remove them
};

// One platform, before and after.
struct PlatformOutcome {
  std::vector<std::size_t> position;
  Image before;
  Image after;
  BaseStatement statement = BaseStatement::unknown;
  std::optional<BaseMatch> base;  // that both stand on, when known
  bool base_restored = false;
  bool changed() const { return !(before.descriptor() == after.descriptor()); }
};

std::vector<Replacement> replacements(const std::vector<PlatformOutcome>& outcomes);
std::uint64_t stored_bytes(const Image& image, std::size_t first_layer = 0);

// "app:slim  7 layers → 2 · 186.0MB → 136.3MB stored · …", a line a platform; or that nothing was
// to do.
void tell_outcomes(Context& context, std::string_view name,
                   const std::vector<PlatformOutcome>& outcomes);
// The keys of command-line §7.3 for compress and flatten.
Json outcomes_json(const Descriptor& from, const WrittenResult& result,
                   const std::vector<PlatformOutcome>& outcomes);

// Base blobs of recompressed layers put back where they are in reach, and the base named.
void finish_outcome(const BlobSource& blobs, PlatformOutcome& outcome);

void declare_compress_options(Declarations& declarations);
CompressOptions compress_options(const Options& options);

}  // namespace imgops::cli
