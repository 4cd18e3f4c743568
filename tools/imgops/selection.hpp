// Images, ranges and files as the user names them, found in layouts and archives.
// Source: command-line §§2, 3, 5, 6.
#pragma once

#include "libimgops/image/image_edit.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "libimgops/repository/revision.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tree/tree.hpp"
#include "tools/imgops/context.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

// "scratch": the empty image. A ref of that name is written oci:DIR:scratch.
bool is_scratch(const Revision& revision);

// A revision of the command line, with what --at-step and --at-layer say of all of them.
Revision parse_image(Context& context, std::string_view word);
// For revisions parsed otherwise.
Revision with_selectors(const Context& context, Revision revision);

// One image to look at: of an index the wanted platform, the host's, or the only one.
struct SelectedImage {
  Place* place = nullptr;  // null for scratch
  Revision revision;
  ResolvedImage resolved;
  const Image& image() const noexcept { return resolved.image; }
};
// What is odd about the documents is told to the watcher. Throws as resolve().
SelectedImage select_image(Context& context, std::string_view word);
SelectedImage select_image(Context& context, const Revision& revision);
// Warns of each setting of a cut image that its history does not tell.
void tell_omitted(Context& context, const ResolvedImage& resolved, std::string_view subject);

// Throws Error(invalid_argument) for scratch, which has no layers to ask about.
Operation operation_of(const SelectedImage& selected);
// The merged tree; of scratch the empty one.
Tree view_of(const SelectedImage& selected);

// IMAGE:/PATH. `path` is as written.
struct SelectedFile {
  SelectedImage image;
  std::string path;
};
SelectedFile select_file(Context& context, std::string_view word);
// As select_file(), but a plain IMAGE is its root.
SelectedFile select_file_or_root(Context& context, std::string_view word);
// Whether `word` names a file of an image.
bool is_file_reference(Context& context, std::string_view word);

// All platforms of what a revision names, to be rewritten; with --platform that one. Suffixes are
// kept apart: `revision` has them, the images are whole.
struct RewriteTarget {
  Place* place = nullptr;
  Revision revision;
  std::string name;                      // the ref; empty when reached by digest
  Descriptor root;                       // manifest or index
  std::vector<PlatformImage> platforms;  // at least one
};
RewriteTarget select_for_rewrite(Context& context, const Revision& revision);

// `revision` with its suffixes, of the platform of `whole` and at its place.
ResolvedImage resolve_beside(const RewriteTarget& target, const PlatformImage& whole,
                             SettingsChoice choice = SettingsChoice::best);

// The base of `image`, which lives in `place`: `given` by the user (an image or "scratch"), else
// what find_base() says. Throws Error(not_found) when `given` is not its base.
std::optional<BaseMatch> find_base_of(Context& context, Place& place, const Image& image,
                                      const std::optional<std::string>& given,
                                      std::span<const std::string> leaving = {});
// As above; throws Error(not_found) when there is no certain base.
BaseMatch require_base_of(Context& context, Place& place, const Image& image,
                          const std::optional<std::string>& given, std::string_view subject);

// How a layer is written in this image: "~0" is the top.
std::string layer_revision(std::size_t layer, std::size_t layer_count);

}  // namespace imgops::cli
