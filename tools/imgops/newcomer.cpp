#include "tools/imgops/newcomer.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/possible_bases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace imgops::cli {
namespace {

constexpr std::string_view annotation_base_name = "org.opencontainers.image.base.name";
constexpr std::string_view annotation_base_digest = "org.opencontainers.image.base.digest";

// "debian" of "debian:12.5"; a name without a tag is all repository.
std::string_view repository_of(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  const bool is_tag =
      colon != std::string_view::npos && name.find('/', colon) == std::string_view::npos;
  return is_tag ? name.substr(0, colon) : name;
}

// Candidates by how many layers they are.
using Bases = std::map<std::size_t, std::vector<NamedImage>>;

BaseMatch match_of(const std::vector<NamedImage>& same, BaseRule rule) {
  BaseMatch match;
  match.layer_count = same.front().image.layers().size();
  for (const NamedImage& base : same) {
    if (!base.name.empty()) match.names.push_back(base.name);
  }
  match.rule = rule;
  match.image = same.front().image;
  return match;
}

// A copy of the base under no name: the digest is a hint, the layers decide.
std::optional<NamedImage> annotated_base(const Place& place, const Image& image) {
  const auto text = image.annotation(annotation_base_digest);
  if (!text) return std::nullopt;
  try {
    const Digest digest = Digest::parse(*text);
    const auto blob = place.blobs().find(digest);
    if (blob == nullptr) return std::nullopt;
    const Descriptor descriptor(media_type_text({image.family(), MediaKind::manifest}), digest,
                                blob->size_bytes());
    NamedImage base{{}, load_image(place.blobs(), descriptor, *text)};
    if (is_proper_base(base.image, image)) return base;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::input_output || error.kind() == ErrorKind::cancelled) throw;
  }
  return std::nullopt;
}

std::optional<BaseMatch> choose(const Bases& bases, const Image& image, std::string_view onto) {
  for (auto length = bases.rbegin(); length != bases.rend(); ++length) {
    const auto is_kin = [&](const NamedImage& base) {
      return !onto.empty() && repository_of(base.name) == repository_of(onto);
    };
    if (std::ranges::any_of(length->second, is_kin)) {
      return match_of(length->second, BaseRule::diff_ids);
    }
  }
  if (bases.size() == 1) return match_of(bases.begin()->second, BaseRule::diff_ids);
  const auto name = image.annotation(annotation_base_name);
  const auto digest = image.annotation(annotation_base_digest);
  const auto is_annotated = [&](const NamedImage& base) {
    return base.name == name || base.image.descriptor().digest().to_string() == digest;
  };
  for (const auto& [length, same] : bases) {
    if (std::ranges::any_of(same, is_annotated)) return match_of(same, BaseRule::annotation);
  }
  return std::nullopt;
}

[[noreturn]] void throw_ambiguous(const Bases& bases, std::string_view subject) {
  std::string list;
  for (const auto& [length, same] : bases) {
    if (!list.empty()) list += ", ";
    list += fmt::format("{} ({} layer{})", printable(same.front().name), length,
                        length == 1 ? "" : "s");
  }
  throw Error(ErrorKind::ambiguous,
              fmt::format("{}: several images could be its base", printable(subject)),
              fmt::format("--base IMAGE says which one: {}", list));
}

}  // namespace

ResolvedImage newcomer_for(Context& context, const Revision& revision, const Image& image,
                           OtherPlatforms others) {
  const Platform wanted = image.platform();
  if (is_scratch(revision)) {
    const Image empty = empty_image(wanted, image.family());
    return {"scratch", empty.descriptor(), {}, empty, 0, 0, true, {}};
  }
  Place& place = context.place(revision);
  Revision whole = revision;
  whole.suffixes.clear();
  const NamedDescriptor root = resolve_root(place.collection(), whole);
  if (is_index(root.descriptor)) return resolve(place.collection(), revision, wanted);
  ResolvedImage found = resolve(place.collection(), revision);
  const Platform offered = found.image.platform();
  if (others == OtherPlatforms::refused && !matches(offered, wanted) && !matches(wanted, offered)) {
    throw Error(ErrorKind::conflict,
                fmt::format("{}: is for {}, and the image for {}", printable(revision.text),
                            printable(offered.to_string()), printable(wanted.to_string())),
                "--force does it all the same");
  }
  return found;
}

BaseMatch base_to_leave(Context& context, Place& place, const Image& image,
                        const std::optional<std::string>& given, const Revision& onto,
                        std::string_view subject) {
  if (given) return *find_base_of(context, place, image, given);
  Bases bases;
  for (NamedImage& base : possible_bases(place.collection(), image)) {
    bases[base.image.layers().size()].push_back(std::move(base));
  }
  if (bases.empty()) {
    if (auto base = annotated_base(place, image)) {
      bases[base->image.layers().size()].push_back(std::move(*base));
    }
  }
  bases.erase(0);
  if (bases.empty()) {
    throw Error(ErrorKind::not_found, fmt::format("{}: no base found", printable(subject)),
                "--base IMAGE names it; --base scratch takes all layers for the image's own");
  }
  if (auto match = choose(bases, image, onto.name)) return std::move(*match);
  throw_ambiguous(bases, subject);
}

}  // namespace imgops::cli
