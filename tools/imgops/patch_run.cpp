#include "tools/imgops/patch_run.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/install/package_architecture.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/repository/referrers.hpp"
#include "libimgops/store/closure.hpp"
#include "tools/imgops/attestations.hpp"
#include "tools/imgops/patch_past.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace imgops::cli {
namespace {

// Of packages for several machines those that are for this one.
std::vector<PackageFile> packages_for(Context& context, PatchRun& run, const Image& base,
                                      const PatchMaterial& material) {
  if (run.target.platforms.size() == 1) return material.packages;
  std::vector<PackageFile> chosen;
  for (const PackageFile& package : material.packages) {
    if (is_for(package.archive.format, architecture_of(package), base.platform())) {
      chosen.push_back(package);
    }
  }
  if (chosen.empty() && !material.packages.empty()) {
    if (material.files.empty()) run.without_package.push_back(run.patches.size());
    context.observer().warn(fmt::format("{} {}: none of the packages is for it",
                                        printable(run.target.revision.text),
                                        printable(base.platform().to_string())));
  }
  return chosen;
}

void refuse_useless_packages(const PatchRun& run, const PatchMaterial& material) {
  if (run.target.platforms.size() == 1) return;
  for (const PackageFile& package : material.packages) {
    const std::string architecture = architecture_of(package);
    const bool is_used =
        std::ranges::any_of(run.target.platforms, [&](const PlatformImage& platform) {
          return is_for(package.archive.format, architecture, platform.image.platform());
        });
    if (is_used) continue;
    throw Error(ErrorKind::conflict, fmt::format("{}: is for {}, and the base has no such platform",
                                                 printable(package.name), printable(architecture)));
  }
}

BasePatch patch_platform(Context& context, PatchRun& run, const PlatformImage& whole,
                         const PatchMaterial& material, const Operation& operation,
                         const PatchOptions& options) {
  const Image base = run.moves_base ? whole.image : resolve_beside(run.target, whole).image;
  if (material.image) {
    const Revision revision = parse_image(context, *material.image);
    Place& place = context.place(revision);
    if (&place != run.place) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("{}: is not in the layout of the base", printable(*material.image)),
                  "import or tag it there first");
    }
    const ResolvedImage patched = resolve(place.collection(), revision, base.platform());
    return plan_patch_to(operation, base, patched.image, options);
  }
  return of_image(operation, base, [&] {
    Tree lower = view(operation, base);
    InstalledPackages installed = install_packages(
        operation, lower, packages_for(context, run, base, material), base.layers().size());
    for (const std::string& note : installed.notes) context.observer().warn(note);
    Tree upper = patched_view(operation, base, installed.tree, material.files);
    BasePatch patch = plan_patch(operation, base, std::move(lower), std::move(upper), options);
    for (const SkippedWork& work : installed.skipped) patch.packages.push_back(work.package);
    std::ranges::move(installed.skipped, std::back_inserter(run.skipped));
    return patch;
  });
}

bool is_wanted_name(const std::vector<std::string>& patterns, std::string_view name) {
  if (patterns.empty()) return true;
  return std::ranges::any_of(patterns, [name](const std::string& pattern) {
    return matches_glob(pattern, name) || matches_glob(pattern, name.substr(0, name.rfind(':')));
  });
}

// Names that lead to no image stand on no base. Of one that is damaged nobody knows.
std::vector<PlatformImage> platforms_of(const Place& place, const FleetName& named) {
  try {
    return load_platforms(place.blobs(), named.root, printable(named.name));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unsupported) return {};
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) throw;
    throw Error(error.kind(), error.what(),
                "it may stand on the base; --refs GLOB leaves such an image out");
  }
}

std::vector<FleetName> fleet_names(const PatchRun& run, const std::vector<std::string>& patterns,
                                   const Operation& operation) {
  std::vector<FleetName> wanted;
  std::set<std::string_view> seen;
  for (const NamedDescriptor& named : run.place->names()) {
    if (!seen.insert(named.name).second) continue;
    if (run.moves_base && named.name == run.target.name) continue;
    if (!is_wanted_name(patterns, named.name)) continue;
    wanted.push_back({named.name, named.descriptor, {}});
  }
  operation.workers.for_each_index(
      wanted.size(),
      [&](std::size_t number) {
        wanted[number].platforms = platforms_of(*run.place, wanted[number]);
      },
      operation.stop);
  std::erase_if(wanted, [](const FleetName& name) { return name.platforms.empty(); });
  return wanted;
}

// `root` with the images replaced, stored; attestations about the old ones are left out.
Descriptor replace_images(BlobStore& store, const Descriptor& root,
                          std::span<const Replacement> replacements, const std::string& name,
                          std::set<Digest>& replaced, std::vector<Descriptor>& dropped) {
  replaced.insert(root.digest());
  if (!is_index(root)) {
    store_image(store, replacements.front().image);
    return replacements.front().image.descriptor();
  }
  const std::set<Digest> inside = replaced_digests(store, root, replacements, name);
  replaced.insert(inside.begin(), inside.end());
  std::set<Digest> all = inside;
  all.insert(root.digest());
  const Descriptor result = store_replacements(store, root, replacements, name);
  return without_attestations(store, result, all, dropped);
}

std::vector<FleetImage> images_of(const PatchRun& run) {
  std::vector<FleetImage> images;
  for (const FleetName& name : run.names) {
    for (const PlatformImage& platform : name.platforms) {
      images.push_back({name.name, platform.image});
    }
  }
  return images;
}

// `results` are of images_of(), in its order.
void fill_rows(PatchRun& run, std::vector<FleetResult> results) {
  std::size_t at = 0;
  for (const FleetName& name : run.names) {
    for (const PlatformImage& platform : name.platforms) {
      const std::string shown =
          name.platforms.size() == 1 ? "" : platform.image.platform().to_string();
      run.rows.push_back({name.name, shown, platform.image, std::move(results[at++])});
    }
  }
}

// The names that move, with what they will point to.
void add_moves(Context& context, PatchRun& run, BlobStore& store) {
  std::set<Digest> replaced;
  std::vector<Descriptor> dropped;
  std::vector<Replacement> of_base;
  for (std::size_t number = 0; number < run.patches.size(); ++number) {
    if (!run.patches[number].changed()) continue;
    of_base.push_back({run.target.platforms[number].position, run.patches[number].new_image});
  }
  if (run.moves_base && !of_base.empty()) {
    run.new_root =
        replace_images(store, run.target.root, of_base, run.target.name, replaced, dropped);
    run.moves.push_back({run.target.name, run.new_root});
  } else if (!of_base.empty()) {
    run.new_root = of_base.front().image.descriptor();
  }
  std::size_t row = 0;
  for (const FleetName& name : run.names) {
    std::vector<Replacement> replacements;
    for (const PlatformImage& platform : name.platforms) {
      const Image& after = run.rows[row++].result.child.image;
      if (after.descriptor() == platform.image.descriptor()) continue;
      replacements.push_back({platform.position, after});
    }
    if (replacements.empty()) continue;
    run.moves.push_back({name.name, replace_images(store, name.root, replacements,
                                                   printable(name.name), replaced, dropped)});
  }
  if (run.moves.empty()) return;
  tell_stale(context, dropped, ReferrerList(run.place->collection()).about(replaced));
}

}  // namespace

bool PatchRun::is_without_package(std::size_t patch) const {
  return std::ranges::find(without_package, patch) != without_package.end();
}

PatchRun plan_run(Context& context, const Options& options, RewriteTarget target,
                  const PatchMaterial& material, const Operation& operation,
                  const PatchOptions& patch_options) {
  Place* const place = target.place;
  const Descriptor root = target.root;
  PatchRun run{place, std::move(target), false, {}, {}, {}, {}, {}, {}, {}, root};
  const Revision& revision = run.target.revision;
  run.moves_base = revision.suffixes.empty() && !revision.moves_ago && !run.target.name.empty();
  refuse_useless_packages(run, material);
  for (const PlatformImage& whole : run.target.platforms) {
    run.patches.push_back(patch_platform(context, run, whole, material, operation, patch_options));
    BasePatch& patch = run.patches.back();
    if (!run.moves_base) continue;
    std::vector<EarlierBase> earlier = earlier_bases(*run.place, run.target, whole);
    if (!patch.is_needed || options.flag("merge")) {
      std::vector<Tree> views;
      for (const EarlierBase& base : earlier) views.push_back(view(operation, base.image));
      add_earlier(operation, patch, std::move(views));
    }
    std::ranges::move(earlier, std::back_inserter(run.earlier));
  }
  run.names = fleet_names(run, options.list("refs"), operation);
  if (run.names.empty() && !options.list("refs").empty()) {
    context.observer().warn("--refs matches no image: the base alone is patched");
  }
  return run;
}

void judge_run(PatchRun& run, FleetPatcher& patcher) {
  run.rows.clear();
  fill_rows(run, patcher.judge(images_of(run)));
}

void write_run(Context& context, PatchRun& run, FleetPatcher& patcher, ResultWriter& writer,
               const PatchOptions& options) {
  const Operation operation = writer.operation();
  for (BasePatch& patch : run.patches) write_patch(operation, patch, options);
  run.rows.clear();
  fill_rows(run, patcher.patch(images_of(run), run.target.name));
  add_moves(context, run, writer.store());
}

void move_fleet(Context& context, const PatchRun& run, ResultWriter& writer) {
  if (run.moves.empty()) return;
  context.check_stop();
  context.check_strict();
  std::vector<Root> roots;
  for (const NamedDescriptor& move : run.moves) {
    roots.push_back({move.descriptor, printable(move.name)});
  }
  copy_closures(writer.store(), run.place->repository()->blobs(), roots, context.stop());
  move_names(context, *run.place, run.moves);
}

std::size_t count_of(const PatchRun& run, PatchStatus status) {
  return static_cast<std::size_t>(std::ranges::count_if(
      run.rows, [status](const PatchRow& row) { return row.result.child.status == status; }));
}

}  // namespace imgops::cli
