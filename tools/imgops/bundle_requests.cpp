#include "tools/imgops/bundle_requests.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/selection.hpp"
#include "tools/imgops/write_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgops::cli {
namespace {

RevisionRange parse_words(Context& context, const std::string& word) {
  auto range = parse_range(word, context.known_names());
  if (range && range->kind == RangeKind::layers) return std::move(*range);
  throw Error(ErrorKind::invalid_argument,
              fmt::format("{}: a bundle takes OLD..NEW", printable(word)),
              "scratch..NEW is for a receiver that has nothing");
}

NamedDescriptor whole_root(Context& context, const Revision& revision, Place*& place) {
  if (!revision.suffixes.empty()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is part of an image", printable(revision.text)),
                "imgops tag names it");
  }
  place = &context.place(revision);
  return resolve_root(place->collection(), revision);
}

// The base of a single image, as it stands under its name.
std::optional<Descriptor> base_root(Context& context, Place& place, const Descriptor& root,
                                    const std::string& word) {
  const Image image = load_platform(place.blobs(), root, context.globals().platform, word).image;
  const BaseMatch base = require_base_of(context, place, image, std::nullopt, word);
  if (base.image) return base.image->descriptor();
  throw Error(ErrorKind::not_found, fmt::format("{}: its base is not here", printable(word)),
              "OLD..NEW names what the receiver has");
}

}  // namespace

BundleRequests parse_bundle_requests(Context& context, std::span<const std::string> words) {
  if (words.empty()) throw Error(ErrorKind::invalid_argument, "missing OLD..NEW");
  BundleRequests result;
  const auto add_source = [&](const Place& place) {
    const BlobSource* const source = &place.blobs();
    if (std::ranges::find(result.sources, source) == result.sources.end()) {
      result.sources.push_back(source);
    }
  };
  bool looks_for_bases = false;
  for (const std::string& word : words) {
    const RevisionRange range = parse_words(context, word);
    looks_for_bases = looks_for_bases || !range.from;
    Place* place = nullptr;
    NamedDescriptor fresh = whole_root(context, range.to, place);
    if (fresh.name.empty()) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("{}: has no name for the receiver", printable(word)),
                  "imgops tag gives it one");
    }
    check_new_name(fresh.name);
    if (std::ranges::find(result.requests, fresh.name, &BundleRequest::name) !=
        result.requests.end()) {
      throw Error(ErrorKind::invalid_argument, fmt::format("{}: given twice", fresh.name));
    }
    if (result.home == nullptr) result.home = place;
    add_source(*place);
    std::optional<Descriptor> old;
    if (!range.from) {
      old = base_root(context, *place, fresh.descriptor, word);
    } else if (!is_scratch(*range.from)) {
      Place* old_place = nullptr;
      old = whole_root(context, *range.from, old_place).descriptor;
      add_source(*old_place);
    }
    result.requests.push_back({std::move(fresh.name), std::move(old), fresh.descriptor});
  }
  if (context.globals().platform && !looks_for_bases) {
    throw Error(ErrorKind::invalid_argument, "--platform: a bundle has all platforms of an image",
                "imgops tag --platform names the image of one");
  }
  return result;
}

}  // namespace imgops::cli
