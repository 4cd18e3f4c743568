// imgops reset: a ref moved to a revision, its own or another.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/ref_selection.hpp"
#include "tools/imgops/rewriting.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// The ref that `revision` begins with: `reset app:1~2` moves app:1.
SelectedRef ref_named_by(Context& context, const Revision& revision) {
  Revision bare = revision;
  bare.suffixes.clear();
  bare.moves_ago.reset();
  Place& place = context.place(bare);
  SelectedRef ref{&place, bare.name};
  if (place.repository() == nullptr || bare.name.empty() || bare.name.starts_with('@')) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("'{}' names no ref of a layout", printable(revision.text)),
                "imgops reset REF REV says which ref is to move");
  }
  return ref;
}

void require_movable(const SelectedRef& ref, Place& place) {
  if (ref.place != &place) {
    throw Error(ErrorKind::invalid_argument, "ref and revision are in different places",
                "imgops export … | imgops import - brings an image over");
  }
  if (digest_now(ref) || has_past(ref)) return;
  throw Error(ErrorKind::not_found, fmt::format("{}: there is no such ref", printable(ref.name)),
              "imgops tag REV NEW makes a new one");
}

// The images of a revision with suffixes, cut, in the places of the whole ones.
std::vector<Replacement> cut_images(Context& context, const RewriteTarget& target) {
  std::vector<Replacement> cut;
  if (target.revision.suffixes.empty()) return cut;
  for (const PlatformImage& whole : target.platforms) {
    ResolvedImage resolved = resolve_beside(target, whole);
    tell_omitted(context, resolved, target.revision.text);
    cut.push_back({whole.position, std::move(resolved.image)});
  }
  return cut;
}

}  // namespace

void declare_reset(Declarations& declarations) {
  declarations.operand("REF|REV").operand("REV").flag("dry-run,n",
                                                      "compute the digest, write nothing");
}

int run_reset(const Options& options, Context& context) {
  const std::string first = options.operand("REF|REV");
  const auto second = options.text("REV");
  const Revision revision = parse_image(context, second ? *second : first);
  const SelectedRef ref = second ? select_ref(context, first) : ref_named_by(context, revision);
  const RewriteTarget target = select_for_rewrite(context, revision);
  require_movable(ref, *target.place);
  const auto old = digest_now(ref);
  ResultWriter writer(context, options, target.place, ref.name, revision.text);
  const WrittenResult result = writer.write(target.root, cut_images(context, target));
  const Digest digest = result.root.digest();
  if (context.wants_json()) {
    print_document(context, "reset",
                   Json{{"ref", ref.name}, {"old", digest_json(old)}, {"new", digest.to_string()}});
    return 0;
  }
  if (old == digest) context.say(fmt::format("{}  nothing to do", printable(ref.name)));
  context.output().text(fmt::format("{} {}\n", printable(ref.name), digest.to_string()));
  return 0;
}

}  // namespace imgops::cli
