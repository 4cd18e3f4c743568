// Appending platform by platform: to what, with which result.
#pragma once

#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/ops/append.hpp"
#include "tools/imgops/rewriting.hpp"

#include <memory>
#include <span>
#include <vector>

namespace imgops::cli {

// The image to append to: every platform of a ref, or the empty image, which has no place.
RewriteTarget append_target(Context& context, const Revision& revision);

PlatformOutcome append_to(Context& context, const RewriteTarget& target, const PlatformImage& whole,
                          ResultWriter& writer,
                          std::span<const std::shared_ptr<const LayerIndex>> sources,
                          const AppendOptions& options);

// As outcomes_json(), with the new layer of the first platform.
Json append_json(const Descriptor& from, const WrittenResult& result,
                 const std::vector<PlatformOutcome>& outcomes);

}  // namespace imgops::cli
