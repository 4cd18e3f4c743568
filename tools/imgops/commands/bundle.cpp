// imgops bundle: images as what a receiver lacks.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/transfer/spool.hpp"
#include "tools/imgops/archive_output.hpp"
#include "tools/imgops/bundle_receivers.hpp"
#include "tools/imgops/bundle_requests.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/docker_host.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

constexpr std::string_view action_operand = "create|verify|apply";
constexpr std::string_view daemon_prefix = "docker-daemon:";

Json digest_or_null(const std::optional<std::string>& digest) {
  return digest ? Json(*digest) : Json(nullptr);
}

Json prerequisites_json(const BundleIndex& index) {
  Json rows = Json::array();
  for (const BundlePrerequisite& prerequisite : index.prerequisites) {
    Json row = {{"digest", prerequisite.blob.digest().to_string()},
                {"size", prerequisite.blob.size_bytes()},
                {"diffId", nullptr}};
    if (prerequisite.diff_id) row["diffId"] = prerequisite.diff_id->digest.to_string();
    rows.push_back(std::move(row));
  }
  return rows;
}

Json blobs_json(const BundleIndex& index) {
  Json rows = Json::array();
  for (std::size_t number = 0; number < index.blobs.size(); ++number) {
    const BundleBlob& blob = index.blobs[number];
    rows.push_back({{"digest", blob.digest.to_string()},
                    {"size", blob.size_bytes},
                    {"form", name(blob.form)},
                    {"stored", index.parts[number + 1].size_bytes}});
  }
  return rows;
}

std::vector<AppliedImage> images_of(const BundleIndex& index) {
  std::vector<AppliedImage> images;
  for (const BundleImage& image : index.images) {
    AppliedImage row{image.name, std::nullopt, image.root.digest().to_string()};
    if (image.old_root) row.old_digest = image.old_root->to_string();
    images.push_back(std::move(row));
  }
  return images;
}

void print(Context& context, const BundleIndex& index, const std::vector<AppliedImage>& images,
           std::uint64_t bytes) {
  Json refs = Json::array();
  for (const AppliedImage& image : images) {
    refs.push_back({{"ref", image.name},
                    {"old", digest_or_null(image.old_digest)},
                    {"new", image.new_digest}});
    if (!context.wants_json()) {
      context.output().text(fmt::format("{} {}\n", printable(image.name), image.new_digest));
    }
  }
  if (!context.wants_json()) return;
  print_document(context, "bundle",
                 Json{{"refs", refs},
                      {"prerequisites", prerequisites_json(index)},
                      {"documents", index.documents.size()},
                      {"blobs", blobs_json(index)},
                      {"bytes", bytes}},
                 "refs");
}

std::string summary(const Context& context, const BundleIndex& index, std::uint64_t bytes) {
  const std::string_view dot = sign(context, " · ", ", ");
  std::uint64_t whole_bytes = 0;
  for (const BundleBlob& blob : index.blobs) whole_bytes += blob.size_bytes;
  const auto whole = std::ranges::count(index.blobs, BlobForm::whole, &BundleBlob::form);
  const std::size_t deltas = index.blobs.size() - static_cast<std::size_t>(whole);
  return fmt::format(
      "{}{}{} of {}, {} of them as delta{}{} required{}{}", counted(index.images.size(), "image"),
      dot, counted(index.blobs.size(), "blob"), shown_size(context, whole_bytes), deltas, dot,
      counted(index.prerequisites.size(), "blob"), dot, shown_size(context, bytes));
}

int create(const Options& options, Context& context, const std::string& file) {
  const BundleRequests wanted = parse_bundle_requests(context, options.list("OLD..NEW|REF"));
  const JoinedBlobs blobs(wanted.sources);
  LayerCache layers(blobs, wanted.home->cache_location());
  BundleWriting writing{blobs, layers, context.workers(), context.observer(),
                        context.globals().spool_directory};
  if (options.flag("whole")) writing.deltas = Deltas::none;
  writing.stop = context.stop();
  if (file == "-" && context.wants_json()) {
    throw Error(ErrorKind::invalid_argument, "--json needs a file: stdout is the bundle");
  }
  BundleIndex index;
  Spool made(context.globals().spool_directory);
  index = write_bundle(writing, wanted.requests, made);
  context.check_strict();
  if (!options.flag("dry-run")) {
    write_stream(context, file, [&](Sink& sink) {
      RandomAccessSource source({std::shared_ptr<void>(), &made});
      copy(source, sink);
    });
  }
  context.say(summary(context, index, made.size_bytes()));
  if (file != "-") print(context, index, images_of(index), made.size_bytes());
  return 0;
}

Bundle open_bundle(Context& context, const std::string& file) {
  return with_context(printable(file), [&] {
    return Bundle::open(
        open_input(file, context.globals().spool_directory, context.observer(), context.stop()),
        context.stop());
  });
}

int verify(Context& context, const std::string& file) {
  const Bundle bundle = open_bundle(context, file);
  context.say(summary(context, bundle.index(), bundle.size_bytes()));
  print(context, bundle.index(), images_of(bundle.index()), bundle.size_bytes());
  return 0;
}

// Where to, and which names: "docker-daemon:app:1" is one of them.
Applied apply_somewhere(const Options& options, Context& context,
                        const BundleApplication& application) {
  const auto from = options.text("from");
  if (options.text("to")) {
    if (from) throw Error(ErrorKind::invalid_argument, "--to and --from exclude each other");
    return apply_to_daemon(context, application,
                           options.text("daemon-host").value_or(docker_host()));
  }
  if (!from) return apply_to_layout(context, application);
  const std::string to = options.text("output").value_or("-");
  if (to == "-" && context.wants_json()) {
    throw Error(ErrorKind::invalid_argument, "--json needs -o FILE: stdout is the archive");
  }
  return apply_to_archive(context, application, *from, to);
}

int apply(const Options& options, Context& context, const std::string& file) {
  std::vector<std::string> names = options.list("OLD..NEW|REF");
  if (const auto to = options.text("to")) {
    if (!to->starts_with(daemon_prefix)) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("--to: '{}' is no place", printable(*to)),
                  "docker-daemon: or docker-daemon:REF; a layout is chosen by -L");
    }
    if (to->size() > daemon_prefix.size()) names.push_back(to->substr(daemon_prefix.size()));
  }
  const Bundle bundle = open_bundle(context, file);
  BundleApplication application{
      bundle, with_context(printable(file), [&] { return choose_images(bundle, names); }),
      options.flag("force"), options.flag("dry-run")};
  const Applied applied = apply_somewhere(options, context, application);
  context.say(fmt::format("{}{}{} new", counted(applied.images.size(), "image"),
                          sign(context, " · ", ", "), shown_size(context, applied.bytes)));
  const bool is_stream = options.text("from") && options.text("output").value_or("-") == "-";
  if (!is_stream) print(context, bundle.index(), applied.images, applied.bytes);
  return 0;
}

}  // namespace

void declare_bundle(Declarations& declarations) {
  declarations.operand(action_operand)
      .operand("FILE")
      .operands("OLD..NEW|REF")
      .flag("whole", "create: no deltas, only whole blobs")
      .value("to", "docker-daemon:[REF]", "apply: to a docker daemon instead of a layout")
      .value("from", "FILE", "apply: to an archive of the old images, as docker save writes one")
      .value("output,o", "FILE", "apply --from: the archive of the new images; without it, stdout")
      .value("daemon-host", "HOST", "of docker-daemon: (DOCKER_HOST, /var/run/docker.sock)")
      .flag("force", "apply: move names that are not at the old image, too")
      .flag("dry-run,n", "do and prove everything, write nothing");
}

int run_bundle(const Options& options, Context& context) {
  const auto action = options.choice(action_operand, {"create", "verify", "apply"});
  if (!action) throw Error(ErrorKind::invalid_argument, "missing create, verify or apply");
  const std::string file = options.operand("FILE");
  if (*action == "create") return create(options, context, file);
  if (*action == "apply") return apply(options, context, file);
  if (!options.list("OLD..NEW|REF").empty()) {
    throw Error(ErrorKind::invalid_argument, "verify takes one FILE");
  }
  return verify(context, file);
}

}  // namespace imgops::cli
