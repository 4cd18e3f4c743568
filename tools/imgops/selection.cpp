#include "tools/imgops/selection.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/possible_bases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgops::cli {
namespace {

void tell_findings(Context& context, const Image& image) {
  for (const Diagnostic& diagnostic : image.diagnostics()) context.observer().diagnose(diagnostic);
}

// A ref wins over the beginning of a digest that is spelled so (§2 rule 8), but not unsaid.
void tell_name_like_digest(Context& context, const Revision& revision, const std::string& name) {
  if (name.empty() || name != revision.name || !is_digest_name(name)) return;
  context.say(fmt::format("{} is a ref here, and so no digest: @{} means the digest",
                          printable(name), printable(name)));
}

Image scratch_image(const Context& context) {
  return empty_image(context.globals().platform.value_or(host_platform()), MediaFamily::oci);
}

ResolvedImage resolved_scratch(const Context& context) {
  const Image image = scratch_image(context);
  return {"scratch", image.descriptor(), {}, image, 0, 0, true, {}};
}

// A given base may be the image itself, whose layers then are all the base's.
BaseMatch match_given(const Image& image, const Image& base, std::string_view word) {
  if (shared_layer_count(base, image) != base.layers().size()) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: its layers are not the lowest of this image", printable(word)),
                "'imgops diff' compares images that have nothing in common");
  }
  BaseMatch match;
  match.layer_count = base.layers().size();
  match.rule = BaseRule::given;
  match.image = base;
  return match;
}

BaseMatch given_base(Context& context, Place& place, const Image& image, const std::string& word) {
  const Revision revision = parse_revision(word, context.known_names());
  if (is_scratch(revision)) {
    BaseMatch scratch;
    scratch.rule = BaseRule::given;
    return scratch;
  }
  // A short name beside an image of another place means that place (§2, rule 5).
  const bool is_short = revision.transport == Transport::selected_layout;
  const bool is_here = is_short && find_name(place.names(), revision.name) != nullptr;
  Place& home = is_here ? place : context.place(revision);
  const ResolvedImage base = resolve(home.collection(), revision, image.platform());
  BaseMatch match = match_given(image, base.image, word);
  if (base.is_whole && !base.name.empty()) match.names.push_back(base.name);
  return match;
}

}  // namespace

bool is_scratch(const Revision& revision) {
  return revision.transport == Transport::selected_layout && revision.place.empty() &&
         revision.name == "scratch" && revision.suffixes.empty();
}

Revision parse_image(Context& context, std::string_view word) {
  return with_selectors(context, parse_revision(word, context.known_names()));
}

Revision with_selectors(const Context& context, Revision revision) {
  const auto& selectors = context.globals().selectors;
  revision.suffixes.insert(revision.suffixes.end(), selectors.begin(), selectors.end());
  revision.text += context.globals().selectors_text;
  return revision;
}

SelectedImage select_image(Context& context, std::string_view word) {
  return select_image(context, parse_image(context, word));
}

SelectedImage select_image(Context& context, const Revision& revision) {
  if (is_scratch(revision)) {
    return {nullptr, revision, resolved_scratch(context)};
  }
  Place& place = context.place(revision);
  ResolvedImage resolved = resolve(place.collection(), revision, context.globals().platform);
  tell_name_like_digest(context, revision, resolved.name);
  tell_findings(context, resolved.image);
  context.say_more(fmt::format("{}: {}", printable(revision.text),
                               resolved.image.descriptor().digest().to_string()));
  return {&place, revision, std::move(resolved)};
}

void tell_omitted(Context& context, const ResolvedImage& resolved, std::string_view subject) {
  for (const std::string& sentence : resolved.omitted) {
    context.observer().warn(fmt::format("{}: {}", printable(subject), printable(sentence)));
  }
}

Operation operation_of(const SelectedImage& selected) {
  if (selected.place != nullptr) {
    Operation operation = selected.place->operation();
    operation.subject = printable(selected.revision.text);
    return operation;
  }
  throw Error(ErrorKind::invalid_argument, "scratch: has no layers");
}

Tree view_of(const SelectedImage& selected) {
  if (selected.place == nullptr) return {};
  return view(operation_of(selected), selected.image());
}

SelectedFile select_file(Context& context, std::string_view word) {
  FileReference reference = parse_file_reference(word, context.known_names());
  return {select_image(context, with_selectors(context, std::move(reference.revision))),
          std::move(reference.path)};
}

bool is_file_reference(Context& context, std::string_view word) {
  const auto& known = context.known_names();
  if (std::ranges::find(known, word) != known.end()) return false;
  try {
    static_cast<void>(parse_file_reference(word, known));
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid_argument) throw;
    return false;  // no path in it; whether it is an image, parse_revision() will say
  }
}

SelectedFile select_file_or_root(Context& context, std::string_view word) {
  if (is_file_reference(context, word)) return select_file(context, word);
  return {select_image(context, word), "/"};
}

RewriteTarget select_for_rewrite(Context& context, const Revision& revision) {
  Place& place = context.place(revision);
  Revision whole = revision;
  whole.suffixes.clear();
  const NamedDescriptor root = resolve_root(place.collection(), whole);
  std::vector<PlatformImage> platforms =
      load_platforms(place.blobs(), root.descriptor, revision.text);
  if (const auto& wanted = context.globals().platform) {
    std::erase_if(platforms, [&](const PlatformImage& platform) {
      return !matches(*wanted, platform.image.platform());
    });
  }
  if (platforms.empty()) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: no image of the wanted platform", printable(revision.text)));
  }
  tell_name_like_digest(context, revision, root.name);
  for (const PlatformImage& platform : platforms) tell_findings(context, platform.image);
  return {&place, revision, root.name, root.descriptor, std::move(platforms)};
}

ResolvedImage resolve_beside(const RewriteTarget& target, const PlatformImage& whole,
                             SettingsChoice choice) {
  // A digest may be that of a layer, up to which the image goes.
  const bool is_whole = target.revision.suffixes.empty() && !target.name.empty();
  if (is_whole && choice != SettingsChoice::base) {
    const std::size_t steps =
        pair_history(whole.image.history(), whole.image.layers().size()).steps.size();
    return {target.name, target.root, whole.position,
            whole.image, steps,       whole.image.layers().size(),
            true,        {}};
  }
  return resolve(target.place->collection(), target.revision, whole.image.platform(), choice);
}

std::optional<BaseMatch> find_base_of(Context& context, Place& place, const Image& image,
                                      const std::optional<std::string>& given,
                                      std::span<const std::string> leaving) {
  if (given) return given_base(context, place, image, *given);
  std::vector<NamedImage> candidates = possible_bases(place.collection(), image);
  std::erase_if(candidates, [leaving](const NamedImage& candidate) {
    return std::ranges::find(leaving, candidate.name) != leaving.end();
  });
  return find_base(image, candidates);
}

BaseMatch require_base_of(Context& context, Place& place, const Image& image,
                          const std::optional<std::string>& given, std::string_view subject) {
  auto match = find_base_of(context, place, image, given);
  if (match && match->is_certain()) return std::move(*match);
  throw Error(ErrorKind::not_found, fmt::format("{}: no base found", printable(subject)),
              "--base IMAGE names it, --base scratch takes all layers, or use 'imgops flatten'");
}

std::string layer_revision(std::size_t layer, std::size_t layer_count) {
  return fmt::format("~{}", layer_count - 1 - layer);
}

}  // namespace imgops::cli
