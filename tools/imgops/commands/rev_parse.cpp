// imgops rev-parse: what revisions mean.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/rewriting.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// What is told about one word.
struct Meaning {
  std::string word;
  std::string_view type;  // index, manifest, step, layers or scratch
  std::string rule;       // how it was found
  std::vector<Digest> digests;
  std::vector<std::string> explanation;
  SelectedImage selected;
  LayerRange layers;
};

// How the name in front of the suffixes was understood.
std::string_view name_rule(const SelectedImage& selected) {
  const Revision& revision = selected.revision;
  if (selected.place == nullptr) return "scratch";
  if (revision.moves_ago) return "log";
  if (revision.name.empty()) return "only image";
  if (revision.name.starts_with("@@")) return "position";
  return selected.resolved.name.empty() && is_digest_name(revision.name) ? "digest" : "ref";
}

// The image without what its suffixes cut off.
SelectedImage uncut(Context& context, const SelectedImage& selected) {
  Revision whole = selected.revision;
  whole.suffixes.clear();
  return select_image(context, whole);
}

std::size_t step_count(const Image& image) {
  return pair_history(image.history(), image.layers().size()).steps.size();
}

std::vector<std::string> explain(Context& context, const SelectedImage& selected) {
  const ResolvedImage& resolved = selected.resolved;
  std::vector<std::string> lines = {
      fmt::format("{}: {}", name_rule(selected), resolved.root.digest().to_string())};
  if (is_index(resolved.root)) {
    lines.push_back(fmt::format("platform: {}", printable(resolved.image.platform().to_string())));
  }
  if (!selected.revision.suffixes.empty()) {
    const Image whole = uncut(context, selected).image();
    lines.push_back(fmt::format("kept: {} of {}, {} of {}", resolved.step_count,
                                counted(step_count(whole), "step"), resolved.layer_count,
                                counted(whole.layers().size(), "layer")));
  }
  if (const auto& base = resolved.base) {
    std::string names;
    for (const std::string& name : base->names) names += " " + printable(name);
    lines.push_back(fmt::format("base:{} ({}, by {})", names.empty() ? " unnamed" : names,
                                counted(base->layer_count, "layer"), name(base->rule)));
  }
  return lines;
}

Meaning meaning_of_image(Context& context, const std::string& word, const Revision& revision) {
  Meaning meaning{word, "step", {}, {}, {}, select_image(context, revision), {}};
  const ResolvedImage& resolved = meaning.selected.resolved;
  meaning.layers = {0, resolved.image.layers().size()};
  meaning.rule = resolved.base ? name(resolved.base->rule) : name_rule(meaning.selected);
  const bool is_root = resolved.is_whole && !context.globals().platform;
  if (meaning.selected.place == nullptr) {
    meaning.type = "scratch";
  } else if (resolved.is_whole) {
    meaning.type = is_root && is_index(resolved.root) ? "index" : "manifest";
  }
  meaning.digests = {is_root ? resolved.root.digest() : resolved.image.descriptor().digest()};
  return meaning;
}

Meaning meaning_of(Context& context, const std::string& word) {
  if (!parse_range(word, context.known_names())) {
    return meaning_of_image(context, word, parse_image(context, word));
  }
  SelectedRange range = select_layers(context, word);
  Meaning meaning{word, "layers", "range", {}, {}, std::move(range.image), range.layers};
  for (std::size_t at = range.layers.first; at < range.layers.end; ++at) {
    meaning.digests.push_back(meaning.selected.image().layers()[at].descriptor.digest());
  }
  return meaning;
}

Json meaning_json(const Meaning& meaning) {
  const Image& image = meaning.selected.image();
  const ResolvedImage& resolved = meaning.selected.resolved;
  Json json = Json::object();
  put_bytes(json, "rev", meaning.word);
  json["type"] = meaning.type;
  json["ref"] = resolved.name.empty() ? Json(nullptr) : Json(resolved.name);
  json["index"] =
      is_index(resolved.root) ? Json(resolved.root.digest().to_string()) : Json(nullptr);
  json["manifest"] = image.descriptor().digest().to_string();
  json["config"] = image.configuration_descriptor().digest().to_string();
  json["layers"] = Json::array();
  for (std::size_t at = meaning.layers.first; at < meaning.layers.end; ++at) {
    const ImageLayer& layer = image.layers()[at];
    json["layers"].push_back({{"digest", layer.descriptor.digest().to_string()},
                              {"diffId", layer.diff_id.digest.to_string()}});
  }
  json["rule"] = meaning.rule;
  if (!meaning.explanation.empty()) json["explanation"] = meaning.explanation;
  return json;
}

}  // namespace

void declare_rev_parse(Declarations& declarations) {
  declarations.operands("REV")
      .flag("type", "tell what each is: index, manifest, step, layers or scratch")
      .flag("explain", "tell how each was found");
}

int run_rev_parse(const Options& options, Context& context) {
  Json revisions = Json::array();
  for (const std::string& word : options.operands("REV")) {
    Meaning meaning = meaning_of(context, word);
    if (options.flag("explain")) meaning.explanation = explain(context, meaning.selected);
    revisions.push_back(meaning_json(meaning));
    if (context.wants_json()) continue;
    if (options.flag("type")) {
      context.output().text(fmt::format("{}\n", meaning.type));
    } else {
      for (const Digest& digest : meaning.digests) context.output().text(digest.to_string() + "\n");
    }
    for (const std::string& line : meaning.explanation) {
      context.output().text(fmt::format("  {}\n", line));
    }
  }
  if (context.wants_json()) {
    print_document(context, "rev-parse", Json{{"revs", revisions}}, "revs");
  }
  return 0;
}

}  // namespace imgops::cli
