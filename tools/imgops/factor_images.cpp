#include "tools/imgops/factor_images.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/overlay_blobs.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace imgops::cli {
namespace {

FactoredName select_name(Context& context, const std::string& word, Place*& place) {
  const Revision revision = parse_image(context, word);
  if (is_scratch(revision) || !revision.suffixes.empty() || revision.moves_ago) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is no ref, and only refs can move", printable(word)),
                "imgops tag names any revision");
  }
  const RewriteTarget target = select_for_rewrite(context, revision);
  if (target.name.empty() || target.place->repository() == nullptr) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is no ref of a layout", printable(word)),
                "imgops import takes images from archives");
  }
  if (place != nullptr && place != target.place) {
    throw Error(ErrorKind::invalid_argument, "the refs are in different layouts");
  }
  if (is_index(target.root)) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is an index of platforms", printable(word)),
                "imgops tag --platform OS/ARCH names one image of it");
  }
  place = target.place;
  return {target.name, target.platforms.front().image};
}

}  // namespace

std::vector<FactoredName> select_names(Context& context, std::span<const std::string> words,
                                       Place*& place) {
  std::vector<FactoredName> names;
  for (const std::string& word : words) {
    FactoredName selected = select_name(context, word, place);
    if (std::ranges::find(names, selected.name, &FactoredName::name) != names.end()) {
      throw Error(ErrorKind::invalid_argument, fmt::format("{}: given twice", printable(word)));
    }
    names.push_back(std::move(selected));
  }
  return names;
}

GroupWriter::GroupWriter(Context& context, const Options& options, Place& place)
    : context_(context),
      place_(place),
      is_dry_run_(options.flag("dry-run")),
      encoder_(encoder_options(options)) {
  if (is_dry_run_ && !options.flag("verify")) {
    store_ = std::make_unique<OverlayBlobs>(place_.blobs());
  } else if (is_dry_run_ || context_.globals().is_strict) {
    aside_directory_ = context_.make_temporary_directory();
    aside_ = std::make_unique<LayoutBlobs>(aside_directory_->path());
    store_ = std::make_unique<LayeredBlobs>(*aside_, place_.blobs());
  } else {
    store_ = std::make_unique<LayeredBlobs>(place_.repository()->blobs(), place_.blobs());
  }
  layers_ = std::make_unique<LayerCache>(*store_, place_.cache_location());
}

Operation GroupWriter::operation() {
  return {*store_, *layers_, context_.workers(), context_.observer(), encoder_, context_.stop()};
}

void GroupWriter::write(std::span<const NamedDescriptor> names) {
  context_.check_stop();
  context_.check_strict();
  if (is_dry_run_) return;
  for (const NamedDescriptor& named : names) {
    copy_closure(*store_, place_.repository()->blobs(), named.descriptor, named.name,
                 context_.stop());
  }
  move_names(context_, place_, names);
}

std::string state_bases(Context& context, Place& place, const std::string& base_name,
                        FactorResult& result) {
  const auto below = find_base_of(context, place, *result.base, std::nullopt);
  const bool is_known = below && below->is_certain();
  result.base = state_base(*result.base, is_known ? &*below : nullptr);
  BaseMatch match;
  match.layer_count = result.base->layers().size();
  match.names = {base_name};
  match.rule = BaseRule::given;
  match.image = result.base;
  for (Image& image : result.images) image = state_base(image, &match);
  const bool has_name =
      is_known && !below->names.empty() && below->layer_count == result.shared_layers;
  return has_name ? below->names.front() : counted(result.shared_layers, "layer");
}

std::uint64_t stored_together(std::span<const Image> images) {
  std::set<Digest> seen;
  std::uint64_t bytes = 0;
  for (const Image& image : images) {
    for (const ImageLayer& layer : image.layers()) {
      if (seen.insert(layer.descriptor.digest()).second) bytes += layer.descriptor.size_bytes();
    }
  }
  return bytes;
}

}  // namespace imgops::cli
