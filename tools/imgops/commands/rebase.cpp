// imgops rebase: images are moved onto another base, and every path that both sides touched is
// judged.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/package_problems.hpp"
#include "tools/imgops/rebasing.hpp"
#include "tools/imgops/unused_resolutions.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

RebaseRequest request_of(Context& context, const Options& options) {
  const auto onto = options.text("onto");
  if (!onto) throw Error(ErrorKind::invalid_argument, "missing --onto IMAGE");
  RebaseRequest request;
  request.images = options.operands("IMAGE");
  request.onto = parse_revision(*onto, context.known_names());
  request.base = options.text("base");
  if (options.flag("rewrite")) request.options.layers = RebaseLayers::rewritten;
  if (options.flag("check")) request.options.work = RebaseWork::judge_only;
  if (options.flag("force")) request.others = OtherPlatforms::allowed;
  return request;
}

void print(Context& context, const std::vector<RefRebase>& refs, const Revision& onto) {
  if (context.wants_json()) {
    print_document(context, "rebase", rebases_json(refs, onto), "results");
  } else {
    print_rebases(context, refs);
  }
  context.output().flush();  // the verdicts are the answer, also of what is refused
}

std::vector<Replacement> replacements_of(const RefRebase& ref) {
  std::vector<Replacement> replacements;
  for (const PlatformRebase& platform : ref.platforms) {
    if (platform.result.changed) {
      replacements.push_back({platform.position, platform.result.image});
    }
  }
  return replacements;
}

// Of one image as the options say; several move in place, all or none.
void write_all(ResultWriter& writer, std::vector<RefRebase>& refs) {
  if (refs.size() == 1) {
    refs.front().now = writer.write(refs.front().target.root, replacements_of(refs.front())).root;
    return;
  }
  std::vector<NamedDescriptor> moves;
  for (RefRebase& ref : refs) {
    if (ref.target.name.empty() || !ref.target.revision.suffixes.empty()) {
      throw Error(ErrorKind::conflict,
                  fmt::format("{}: has no ref in a layout that could move to the result",
                              printable(ref.target.revision.text)),
                  "rebase it alone, with -t NEW");
    }
    ref.now = writer.prepare(ref.target.root, replacements_of(ref)).root;
    if (!(ref.now == ref.target.root)) moves.push_back({ref.target.name, ref.now});
  }
  writer.commit(moves);
}

void tell_unused(Context& context, const MergeChoices& choices,
                 const std::vector<RefRebase>& refs) {
  UnusedResolutions unused(choices);
  for (const RefRebase& ref : refs) {
    for (const PlatformRebase& platform : ref.platforms) {
      if (!platform.is_there) unused.add_merge(platform.result.paths, platform.result.settings);
    }
  }
  unused.tell(context);
}

}  // namespace

void declare_rebase(Declarations& declarations) {
  declarations.operands("IMAGE")
      .value("onto", "IMAGE", "the new base")
      .value("base", "IMAGE", "the old base, when it is not found; 'scratch' is none")
      .flag("check", "judge, write nothing")
      .flag("rewrite", "put corrections into the layers they concern")
      .flag("force", "also onto another platform, and with packages that would break");
  declare_merge_options(declarations);
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

int run_rebase(const Options& options, Context& context) {
  const RebaseRequest request = request_of(context, options);
  const MergeChoices choices = merge_choices(options);
  std::vector<RefRebase> refs = select_rebases(context, request);
  const RewriteTarget& first = refs.front().target;
  const bool is_one = refs.size() == 1;
  if (!is_one && (!options.list("tag").empty() || options.text("output"))) {
    throw Error(ErrorKind::invalid_argument, "-t and -o name one result, and these are several");
  }
  const bool judges = request.options.work == RebaseWork::judge_only;
  const std::string own_name = judges                            ? "judged"
                               : first.revision.suffixes.empty() ? first.name
                                                                 : std::string();
  std::vector<Place*> beside;
  if (!is_scratch(request.onto)) beside.push_back(&context.place(request.onto));
  // One image that is refused must not leave the layers of others behind.
  ResultWriter writer(context, options, first.place, own_name, first.revision.text, Staging::aside,
                      beside);
  rebase_all(context, request, choices, writer, refs);
  tell_unused(context, choices, refs);
  const std::size_t open = count_open(refs);
  const std::size_t problems = options.flag("force") ? 0 : count_problems(refs);
  if (open + problems == 0 && !judges) write_all(writer, refs);
  print(context, refs, request.onto);
  if (open > 0) {
    throw_open_conflicts(images_of(refs, RebaseStatus::conflict), open,
                         needs_more(refs) ? Settling::by_more : Settling::by_choice);
  }
  if (problems > 0) throw_problems(images_of(refs, RebaseStatus::refused), problems);
  return 0;
}

}  // namespace imgops::cli
