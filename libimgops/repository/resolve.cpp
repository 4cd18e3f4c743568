// A revision is resolved in three steps: its name to a root, the root to the image of one platform,
// the suffixes to a number of steps that remain.
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/name_past.hpp"
#include "libimgops/repository/possible_bases.hpp"
#include "libimgops/repository/revision.hpp"
#include "libimgops/repository/stack_filter.hpp"
#include "libimgops/repository/suffix_steps.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t longest_list = 10;

bool is_scratch(const Revision& revision) {
  return revision.transport == Transport::selected_layout && revision.name == "scratch";
}

std::string subject_of(const Collection& collection, const Revision& revision) {
  return printable(revision.name.empty() ? collection.subject : revision.name);
}

NamedDescriptor as_named(const Descriptor& descriptor) {
  return {descriptor.annotation(annotation_ref_name).value_or(""), descriptor};
}

std::string list_of(const std::vector<NamedDescriptor>& names) {
  std::string list;
  for (std::size_t number = 0; number < names.size() && number < longest_list; ++number) {
    list += (number == 0 ? "" : ", ") + printable(names[number].name);
  }
  if (names.size() > longest_list) {
    list += " and " + std::to_string(names.size() - longest_list) + " more";
  }
  return list;
}

// "did you mean app:1?" for a name that is not far from the one given.
std::string suggestion(const std::vector<NamedDescriptor>& names, std::string_view wanted) {
  const std::size_t farthest = std::max<std::size_t>(2, wanted.size() / 3);
  std::size_t least = farthest + 1;
  std::string best;
  for (const NamedDescriptor& candidate : names) {
    const std::size_t distance = edit_distance(wanted, candidate.name);
    if (distance >= least) continue;
    least = distance;
    best = candidate.name;
  }
  if (!best.empty()) return "did you mean " + printable(best) + "?";
  return names.empty() ? "it names no image" : "there are " + list_of(names);
}

// The root when the collection has one image only, under however many names.
NamedDescriptor only_root(const Collection& collection) {
  std::set<Digest> digests;
  const Descriptor* only = nullptr;
  for (const Descriptor& descriptor : collection.index.manifests()) {
    if (!is_index(descriptor) && is_listed_as_attachment(descriptor)) continue;
    digests.insert(descriptor.digest());
    const bool is_first = only == nullptr;
    if (is_first || !only->annotation(annotation_ref_name)) only = &descriptor;
  }
  const std::string subject = printable(collection.subject);
  if (only == nullptr) throw Error(ErrorKind::not_found, subject + ": holds no image");
  if (digests.size() == 1) return as_named(*only);
  const auto names = names_of(collection.index);
  throw Error(
      ErrorKind::ambiguous, subject + ": holds " + std::to_string(digests.size()) + " images",
      names.empty() ? "choose one by :@0, :@1 and so on" : "choose one of " + list_of(names));
}

// "@@IDX"
NamedDescriptor root_at(const Collection& collection, std::string_view name) {
  const auto& manifests = collection.index.manifests();
  std::size_t number = 0;
  std::from_chars(name.data() + 2, name.data() + name.size(), number);
  if (number < manifests.size()) return as_named(manifests[number]);
  throw Error(ErrorKind::not_found, printable(collection.subject) + ": no image at place " +
                                        std::to_string(number) + ", there are " +
                                        std::to_string(manifests.size()));
}

// Archives of docker know "app" as "app:latest".
const Descriptor* find_docker_name(const Index& index, std::string_view wanted) {
  const auto reference = docker_reference(wanted);
  return reference ? find_name(index, *reference) : nullptr;
}

[[noreturn]] void fail_unknown(const Collection& collection, const std::string& name) {
  throw Error(ErrorKind::not_found,
              printable(collection.subject) + ": no image is called " + printable(name),
              suggestion(names_of(collection.index), name));
}

// REF@{N}: what it was is no name of this layout any more, unless N is 0.
NamedDescriptor past_root(const Collection& collection, const Revision& revision) {
  if (collection.repository == nullptr) {
    throw Error(ErrorKind::invalid_argument,
                printable(revision.text) + ": there are no logs of the names there");
  }
  const bool exists = find_name(collection.index, revision.name) != nullptr;
  if (!exists && !NamePast(*collection.repository, revision.name, std::nullopt).next()) {
    fail_unknown(collection, revision.name);
  }
  return {*revision.moves_ago == 0 ? revision.name : "",
          find_past_entry(*collection.repository, collection.index, revision.name,
                          *revision.moves_ago)};
}

struct Root {
  NamedDescriptor named;
  std::optional<std::size_t> layer_count;  // when a layer's digest was given
};

const Descriptor* find_ref(const Collection& collection, std::string_view name) {
  return collection.memory == nullptr ? find_name(collection.index, name)
                                      : collection.memory->find(collection.index, name);
}

Root find_root(const Collection& collection, const Revision& revision) {
  const std::string& name = revision.name;
  if (is_scratch(revision)) {
    throw Error(ErrorKind::invalid_argument, "scratch: is the empty image and stored nowhere");
  }
  if (name.empty()) return {only_root(collection), std::nullopt};
  if (name.starts_with("@@")) return {root_at(collection, name), std::nullopt};
  if (revision.moves_ago) return {past_root(collection, revision), std::nullopt};
  // A ref wins over an id of its spelling; "@…" is never a ref (§2 rule 8).
  const Descriptor* found = name.starts_with('@') ? nullptr : find_ref(collection, name);
  if (found == nullptr && revision.transport == Transport::docker_archive) {
    found = find_docker_name(collection.index, name);
  }
  if (found != nullptr) return {as_named(*found), std::nullopt};
  if (is_digest_name(name)) {
    DigestMatch match = find_by_digest(collection, name);
    return {{"", std::move(match.root)}, match.layer_count};
  }
  fail_unknown(collection, name);
}

ResolvedImage resolved_scratch(const std::optional<Platform>& platform) {
  Image image = empty_image(platform.value_or(host_platform()), MediaFamily::oci);
  const Descriptor root = image.descriptor();
  return {"", root, {}, std::move(image), 0, 0, true, {}};
}

// The base among what has a name here; the image itself is none, nor is a guess.
BaseFinder base_finder(const Collection& collection) {
  return [&collection](const Image& image) -> std::optional<BaseMatch> {
    auto base = find_base(image, possible_bases(collection, image));
    if (base && !base->is_certain()) return std::nullopt;
    return base;
  };
}

// What is not cut needs no other image, unless the base's settings are wanted.
ImageAt image_at_step(const Collection& collection, const Image& image, std::size_t steps,
                      bool is_whole, SettingsChoice choice) {
  const bool needs_none =
      choice == SettingsChoice::keep || (is_whole && choice != SettingsChoice::base);
  return image_at(image, steps, choice,
                  needs_none ? std::vector<NamedImage>() : images_in_reach(collection, image));
}

}  // namespace

NamedDescriptor resolve_root(const Collection& collection, const Revision& revision) {
  return find_root(collection, revision).named;
}

ResolvedImage resolve(const Collection& collection, const Revision& revision,
                      const std::optional<Platform>& platform, SettingsChoice choice) {
  const std::string subject = subject_of(collection, revision);
  if (is_scratch(revision)) {
    if (!revision.suffixes.empty()) {
      throw Error(ErrorKind::not_found, "scratch: has no layers and no steps");
    }
    return resolved_scratch(platform);
  }
  Root root = find_root(collection, revision);
  PlatformImage found = load_platform(collection.blobs, root.named.descriptor, platform, subject);
  const Image& image = found.image;
  const std::size_t all = pair_history(image.history(), image.layers().size()).steps.size();
  const std::size_t start = root.layer_count ? steps_through_layer(image, *root.layer_count) : all;
  StepCut remaining =
      apply_suffixes(image, start, revision.suffixes, base_finder(collection), subject);
  const std::size_t steps = remaining.step_count;
  ImageAt cut = with_context(
      subject, [&] { return image_at_step(collection, image, steps, steps == all, choice); });
  const std::size_t layer_count = cut.image.layers().size();
  return {std::move(root.named.name),
          std::move(root.named.descriptor),
          std::move(found.position),
          std::move(cut.image),
          steps,
          layer_count,
          steps == all,
          std::move(remaining.base),
          cut.origin,
          std::move(cut.omitted)};
}

std::vector<NamedImage> images_in_reach(const Collection& collection, const Image& image) {
  const StackFilter filter(collection, image);
  std::vector<NamedImage> images;
  std::map<Digest, std::optional<Image>> read;  // many names may be of one image
  std::set<std::string> names;
  for (const std::size_t listed : filter.positions()) {
    const Descriptor& root = collection.index.manifests()[listed];
    const std::string name = root.annotation(annotation_ref_name).value_or("");
    if (!name.empty() && !names.insert(name).second) continue;  // the first of two counts
    const auto [place, is_new] = read.try_emplace(root.digest());
    if (is_new) {
      try {
        Image found =
            load_platform(collection.blobs, root, image.platform(), printable(name)).image;
        const std::size_t count = found.layers().size();
        if (shared_layer_count(found, image) == count) place->second = std::move(found);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::input_output) throw;
        continue;  // an artifact, another platform or a damaged image is no base of anything
      }
    }
    if (place->second) images.push_back({name, *place->second});
  }
  return images;
}

}  // namespace imgops
