#include "tools/imgops/purging.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/exchange_layers.hpp"
#include "libimgops/repository/name_log.hpp"
#include "libimgops/repository/name_past.hpp"
#include "libimgops/repository/reach.hpp"
#include "tools/imgops/document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>

#include <re2/re2.h>

namespace imgops::cli {
namespace {

// Which roots lead to one of some blobs; each is looked into once.
class HolderSearch {
 public:
  HolderSearch(const BlobSource& blobs, std::set<Digest> wanted)
      : blobs_(blobs), wanted_(std::move(wanted)) {}

  bool holds(const Digest& root) {
    const auto known = known_.find(root);
    if (known != known_.end()) return known->second;
    Reach reach(blobs_);
    reach.add(root);
    bool result = false;
    for (const Digest& digest : wanted_) {
      if (!reach.contains(digest)) continue;
      result = true;
      held_.insert(digest);
    }
    known_.emplace(root, result);
    return result;
  }

  // Wanted blobs that are there and that no root led to.
  std::vector<Digest> left() const {
    std::vector<Digest> result;
    for (const Digest& digest : wanted_) {
      if (held_.count(digest) == 0 && blobs_.find(digest) != nullptr) result.push_back(digest);
    }
    return result;
  }

 private:
  const BlobSource& blobs_;
  std::set<Digest> wanted_;
  std::set<Digest> held_;
  std::map<Digest, bool> known_;
};

// Blobs that were replaced: layers, and a configuration whose texts were masked.
std::set<Digest> replaced_blobs(const std::vector<PurgedRef>& refs) {
  std::set<Digest> blobs;
  for (const PurgedRef& ref : refs) {
    for (const PurgeResult& result : ref.results) {
      for (const PurgedLayer& layer : result.layers) {
        blobs.insert(layer.before.descriptor.digest());
      }
    }
    if (!ref.is_masked) continue;
    for (const PlatformOutcome& outcome : ref.outcomes) {
      blobs.insert(outcome.before.configuration_descriptor().digest());
    }
  }
  return blobs;
}

bool shares_layer(const std::vector<PlatformImage>& platforms, const std::set<DiffId>& layers) {
  return std::ranges::any_of(platforms, [&](const PlatformImage& platform) {
    return std::ranges::any_of(platform.image.layers(), [&](const ImageLayer& layer) {
      return layers.count(layer.diff_id) != 0;
    });
  });
}

void add_listed(const Index& index, HolderSearch& search, std::vector<Holder>& found) {
  for (const Descriptor& listed : index.manifests()) {
    if (!search.holds(listed.digest())) continue;
    const auto name = listed.annotation(annotation_ref_name);
    found.push_back({name ? "ref" : "unnamed", name ? *name : listed.digest().to_string()});
  }
}

void add_past(const Repository& repository, const Index& index, HolderSearch& search,
              std::vector<Holder>& found) {
  for (const std::string& name : logged_names(repository.state_directory())) {
    const Descriptor* const now = find_name(index, name);
    NamePast past(repository, name, now == nullptr ? std::nullopt : std::optional(now->digest()));
    std::uint64_t moves_ago = 0;
    while (const auto move = past.next()) {
      ++moves_ago;
      if (move->old_digest && search.holds(*move->old_digest)) {
        found.push_back({"past", fmt::format("{}@{{{}}}", name, moves_ago)});
      }
    }
  }
}

// Whether layers of the base are among the rewritten ones: then the image stands on it no more.
bool changes_base(Context& context, Place& place, const Image& image, const PurgeResult& result) {
  if (result.layers.empty()) return false;
  const auto base = find_base_of(context, place, image, std::nullopt);
  return base && base->is_certain() && result.layers.front().layer < base->layer_count;
}

}  // namespace

TextMask history_mask(const Options& options) {
  const auto text = options.text("history-redact");
  if (!text) return {};
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  const auto expression = std::make_shared<const re2::RE2>(*text, quiet);
  if (!expression->ok()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--history-redact: {}", printable(expression->error())));
  }
  return [expression](const std::string& line) {
    std::string masked = line;
    re2::RE2::GlobalReplace(&masked, *expression, "<redacted>");
    return masked;
  };
}

PurgedRef purge_ref(Context& context, Place& place, ResultWriter& writer, std::string name,
                    const Descriptor& root, const std::vector<PlatformImage>& platforms,
                    const PurgedPaths& paths, const TextMask& mask) {
  PurgedRef ref{std::move(name), root, {}, {}, false};
  for (const PlatformImage& whole : platforms) {
    Operation operation = writer.operation();
    operation.subject = printable(ref.name);
    PurgeResult result = purge(operation, whole.image, paths);
    if (mask) {
      const Image masked = mask_history(result.image, mask);
      ref.is_masked = ref.is_masked || !(masked.descriptor() == result.image.descriptor());
      result.image = masked;
    }
    if (changes_base(context, place, whole.image, result)) {
      result.image = state_base(result.image, nullptr);
    }
    ref.outcomes.push_back(
        {whole.position, whole.image, result.image, BaseStatement::unknown, {}, false});
    ref.results.push_back(std::move(result));
  }
  return ref;
}

bool has_hit(const PurgedRef& ref) {
  return ref.is_masked || std::ranges::any_of(ref.results, [](const PurgeResult& result) {
           return !result.hits.empty();
         });
}

std::set<DiffId> purged_layers(const PurgedRef& ref) {
  std::set<DiffId> layers;
  for (const PurgeResult& result : ref.results) {
    for (const PurgedLayer& layer : result.layers) layers.insert(layer.before.diff_id);
  }
  return layers;
}

std::vector<NamedDescriptor> sharing_refs(Context& context, const Place& place,
                                          std::span<const std::string> moving,
                                          const std::set<DiffId>& layers) {
  std::vector<NamedDescriptor> refs;
  for (const NamedDescriptor& named : place.names()) {
    if (std::ranges::find(moving, named.name) != moving.end()) continue;
    try {
      const auto platforms = load_platforms(place.blobs(), named.descriptor, named.name);
      if (shares_layer(platforms, layers)) refs.push_back(named);
    } catch (const Error& error) {
      context.say_more(fmt::format("not looked into: {}", error.what()));
    }
  }
  return refs;
}

Json tell_still_held(Context& context, ResultWriter& writer, const std::vector<PurgedRef>& refs) {
  std::vector<PurgedBody> bodies;
  for (const PurgedRef& ref : refs) {
    for (const PurgeResult& result : ref.results) {
      bodies.insert(bodies.end(), result.bodies.begin(), result.bodies.end());
    }
  }
  Json rows = Json::array();
  for (const PurgedRef& ref : refs) {
    for (const PlatformOutcome& outcome : ref.outcomes) {
      for (const StillHeld& held : find_bodies(writer.operation(), outcome.after, bodies)) {
        const std::string rev = layer_revision(held.layer, outcome.after.layers().size());
        context.observer().warn(fmt::format("{}{} {}: has the bytes of {}", printable(ref.name),
                                            rev, shown_path(held.path),
                                            shown_path(held.purged_path)));
        Json row = {{"ref", ref.name}, {"rev", rev}};
        put_path(row, "path", held.path);
        put_path(row, "of", held.purged_path);
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

std::vector<Holder> holders(Context& context, const ResultWriter& writer,
                            const std::vector<PurgedRef>& refs) {
  std::vector<Holder> found;
  if (writer.home() == nullptr) return found;
  const Repository* const repository = writer.home()->collection().repository;
  HolderSearch search(repository->blobs(), replaced_blobs(refs));
  try {
    const Index index = repository->index();
    add_listed(index, search, found);
    add_past(*repository, index, search, found);
  } catch (const Error& error) {
    context.observer().warn(
        fmt::format("what still holds it is not known whole: {}", error.what()));
  }
  for (const Digest& digest : search.left()) found.push_back({"blob", digest.to_string()});
  return found;
}

void tell_holders(Context& context, const std::vector<Holder>& holders) {
  const auto tell = [&](std::string_view kind, std::string_view sentence, std::string_view hint) {
    std::vector<std::string> names;
    for (const Holder& holder : holders) {
      if (holder.kind == kind) names.push_back(printable(holder.name));
    }
    if (names.empty()) return;
    context.say(fmt::format("{} {}", sentence, fmt::join(names, ", ")));
    context.say(fmt::format("hint: {}", hint));
  };
  tell("ref", "still held by", "'imgops purge' of each, or --all-refs, rewrites them");
  tell("unnamed", "still held by manifests without a name:",
       "'imgops purge @DIGEST -t NEW' rewrites one; 'imgops untag' cannot remove it");
  tell("past", "still held by the past:",
       "'imgops gc --reflog-expire 0 --grace 0' forgets it, and then there is no undo");
  tell("blob", "still there, needed by nothing:", "'imgops gc --grace 0' removes them");
}

}  // namespace imgops::cli
