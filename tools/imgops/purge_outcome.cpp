#include "tools/imgops/purge_outcome.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace imgops::cli {
namespace {

std::string_view kind_name(EntryKind kind) {
  if (kind == EntryKind::whiteout) return "whiteout";
  return kind == EntryKind::hard_link ? "link" : "file";
}

Json hits_json(const std::vector<PurgedRef>& refs) {
  Json hits = Json::array();
  for (const PurgedRef& ref : refs) {
    for (std::size_t number = 0; number < ref.results.size(); ++number) {
      const Image& before = ref.outcomes[number].before;
      for (const PurgeHit& hit : ref.results[number].hits) {
        Json row = Json::object();
        row["ref"] = ref.name;
        row["platform"] = before.platform().to_string();
        row["rev"] = layer_revision(hit.layer, before.layers().size());
        row["layer"] = before.layers()[hit.layer].descriptor.digest().to_string();
        put_path(row, "path", hit.path);
        row["kind"] = kind_name(hit.kind);
        row["size"] = hit.bytes;
        hits.push_back(std::move(row));
      }
    }
  }
  return hits;
}

// One row a name that moved, or was written.
std::vector<std::vector<std::string>> moved_rows(const std::vector<PurgedRef>& refs,
                                                 const PurgeOutcome& outcome) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t number = 0; number < refs.size(); ++number) {
    const WrittenResult& result = outcome.results[number];
    if (result.root == refs[number].root) continue;
    for (const std::string& name : result.names) {
      rows.push_back(
          {name, refs[number].root.digest().to_string(), result.root.digest().to_string()});
    }
  }
  return rows;
}

Json outcome_json(const std::vector<PurgedRef>& refs, const PurgeOutcome& outcome) {
  Json body = Json::object();
  body["hits"] = hits_json(refs);
  body["rewritten"] = Json::array();
  for (const auto& row : moved_rows(refs, outcome)) {
    body["rewritten"].push_back({{"ref", row[0]}, {"old", row[1]}, {"new", row[2]}});
  }
  body["sharing"] = Json::array();
  for (const NamedDescriptor& named : outcome.sharing) body["sharing"].push_back(named.name);
  body["sameBytes"] = outcome.still_held;
  body["heldBy"] = Json::array();
  for (const Holder& holder : outcome.holders) {
    body["heldBy"].push_back({{"kind", holder.kind}, {"name", holder.name}});
  }
  return body;
}

std::string gone_words(const PurgedRef& ref, const PurgeResult& result) {
  std::vector<std::string> revisions;
  for (const PurgedLayer& layer : result.layers) {
    revisions.push_back(layer_revision(layer.layer, result.image.layers().size()));
  }
  if (result.hits.empty()) return ref.is_masked ? "history masked" : "no layer has it";
  return fmt::format("{} gone from {}{}", counted(result.hits.size(), "member"),
                     fmt::join(revisions, " "), ref.is_masked ? ", history masked" : "");
}

void tell_layers(Context& context, const PurgedRef& ref) {
  for (std::size_t number = 0; number < ref.results.size(); ++number) {
    const std::string where =
        ref.results.size() == 1 ? "" : " " + ref.outcomes[number].before.platform().to_string();
    context.say(
        fmt::format("{}{}  {}", printable(ref.name), where, gone_words(ref, ref.results[number])));
  }
}

}  // namespace

std::vector<WrittenResult> write_purged(ResultWriter& writer, const std::vector<PurgedRef>& refs) {
  std::vector<NameChange> others;
  for (std::size_t number = 1; number < refs.size(); ++number) {
    others.push_back({refs[number].name, refs[number].root, replacements(refs[number].outcomes)});
  }
  return writer.write_all(refs.front().root, replacements(refs.front().outcomes), others);
}

void print_purged(Context& context, const std::vector<PurgedRef>& refs,
                  const PurgeOutcome& outcome) {
  for (const PurgedRef& ref : refs) {
    if (has_hit(ref)) tell_layers(context, ref);
  }
  if (!has_hit(refs.front())) {
    context.say(fmt::format("{}  no layer has it", printable(refs.front().name)));
  }
  std::vector<std::string> names;
  for (const NamedDescriptor& named : outcome.sharing) names.push_back(printable(named.name));
  if (!names.empty()) {
    context.say(fmt::format("no longer shares a layer with {}", fmt::join(names, ", ")));
  }
  tell_holders(context, outcome.holders);
  if (context.wants_json()) {
    print_document(context, "purge", outcome_json(refs, outcome));
    return;
  }
  const auto rows = moved_rows(refs, outcome);
  if (rows.empty()) return;
  Table table({{"REF"}, {"OLD"}, {"NEW"}});
  for (const auto& row : rows) table.add({printable(row[0]), row[1], row[2]});
  context.output().text(table.text(table_width(context)));
}

}  // namespace imgops::cli
