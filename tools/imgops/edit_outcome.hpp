// What edit, revert and cherry-pick tell: verdicts layer by layer, and the image they end with.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/ops/edit_layers.hpp"
#include "tools/imgops/rewriting.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

// One platform's result. The layers of its verdicts are those of `source`: the image that was
// edited, or that was picked from.
struct PlatformEdit {
  PlatformImage whole;
  Image source;
  EditResult result;
  std::vector<SettingVerdict> settings = {};
};

// With open conflicts: their tables, or a document without a digest, on stdout; then throws
// Error(conflict). Otherwise what drivers did is told, and which of `choices` nothing asked for.
// `body` is what else the document says.
void require_settled(Context& context, std::string_view schema, std::string_view subject,
                     const std::vector<PlatformEdit>& edits, const MergeChoices& choices,
                     Json body = Json::object());

// Rows of "verdicts": those of verdicts_json() with `rev`, the layer in the source, and of several
// platforms `platform`.
Json layer_verdicts_json(const std::vector<PlatformEdit>& edits);
// Rows of "config", likewise.
Json platform_settings_json(const std::vector<PlatformEdit>& edits);

// The image in the end, base annotations as `base` says; nullopt: what its base is now is found.
PlatformOutcome finish_edit(Context& context, const RewriteTarget& target, ResultWriter& writer,
                            const PlatformEdit& edit, std::optional<BaseMatch> base);

// A layer of an image, for documents: rev, digest, diffId.
Json layer_json(const Image& image, std::size_t layer);

}  // namespace imgops::cli
