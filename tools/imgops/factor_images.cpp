#include "tools/imgops/factor_images.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "libimgops/store/image_store.hpp"
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
  place = target.place;
  return {target.name, target.root, target.platforms};
}

const PlatformImage* find_platform(const FactoredName& name, const Platform& platform) {
  const auto found = std::ranges::find_if(name.platforms, [&](const PlatformImage& candidate) {
    return candidate.image.platform() == platform;
  });
  return found == name.platforms.end() ? nullptr : &*found;
}

bool has_index(std::span<const FactoredName> names) {
  return std::ranges::any_of(names, [](const FactoredName& name) { return is_index(name.root); });
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

std::vector<Image> FactoredPlatform::images() const {
  std::vector<Image> images;
  for (const Replacement& one : before) images.push_back(one.image);
  return images;
}

std::vector<FactoredPlatform> group_platforms(Context& context,
                                              std::span<const FactoredName> names) {
  std::vector<FactoredPlatform> groups;
  if (!has_index(names)) {
    groups.emplace_back();
    for (const FactoredName& name : names) {
      groups.back().before.push_back({{}, name.platforms.front().image});
    }
    return groups;
  }
  std::set<std::string> left_out;
  for (const FactoredName& name : names) {
    for (const PlatformImage& image : name.platforms) {
      left_out.insert(image.image.platform().to_string());
    }
  }
  for (const PlatformImage& first : names.front().platforms) {
    FactoredPlatform group{first.image.platform().to_string(), {}};
    for (const FactoredName& name : names) {
      const PlatformImage* const found = find_platform(name, first.image.platform());
      if (found != nullptr) group.before.push_back({found->position, found->image});
    }
    if (group.before.size() != names.size()) continue;
    left_out.erase(group.platform);
    groups.push_back(std::move(group));
  }
  if (groups.empty()) {
    throw Error(ErrorKind::invalid_argument, "the images have no platform in common");
  }
  for (const std::string& platform : left_out) {
    context.say(fmt::format("{}: not in all of the images, left as it is", printable(platform)));
  }
  return groups;
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

std::vector<NamedDescriptor> store_factored(ResultWriter& writer, const std::string& base_name,
                                            std::span<const FactoredName> names,
                                            std::span<const FactoredPlatform> platforms) {
  std::vector<NamedDescriptor> moves;
  std::vector<Descriptor> bases;
  for (const FactoredPlatform& platform : platforms) {
    if (!platform.result.base) continue;
    const Image& base = *platform.result.base;
    store_image(writer.store(), base);
    bases.push_back(base.descriptor().with_platform(base.platform()));
  }
  if (has_index(names)) {
    const Index index = Index::empty().with_manifests(bases);
    write_document(writer.store(), index.text());
    moves.push_back({base_name, index.descriptor()});
  } else {
    moves.push_back({base_name, platforms.front().result.base->descriptor()});
  }
  for (std::size_t number = 0; number < names.size(); ++number) {
    std::vector<Replacement> replacements;
    for (const FactoredPlatform& platform : platforms) {
      if (!platform.result.base) continue;
      replacements.push_back({platform.before[number].position, platform.result.images[number]});
    }
    moves.push_back({names[number].name, writer.prepare(names[number].root, replacements).root});
  }
  return moves;
}

}  // namespace imgops::cli
