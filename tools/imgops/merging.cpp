#include "tools/imgops/merging.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/package_problems.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace imgops::cli {
namespace {

std::string_view word_of(MergeKind kind) {
  switch (kind) {
    case MergeKind::nothing:
      return "nothing";
    case MergeKind::fast_forward:
      return "fast-forward";
    case MergeKind::merged:
      break;
  }
  return "merged";
}

// What both have in common, with the settings of then.
Image common_base(Context& context, const RewriteTarget& target, const MergeRequest& request,
                  const Image& ours, const Image& theirs, const Revision& other) {
  if (request.common) {
    return newcomer_for(context, *request.common, ours, OtherPlatforms::allowed).image;
  }
  if (shared_layer_count(ours, theirs) > 0) {
    const Collection collection = target.place->collection();
    return image_at(ours, common_step_count(ours, theirs), SettingsChoice::best,
                    images_in_reach(collection, ours))
        .image;
  }
  if (!request.is_forced) {
    throw Error(ErrorKind::conflict,
                fmt::format("{} and {}: have no layer in common", printable(target.revision.text),
                            printable(other.text)),
                "--base IMAGE says what they have in common, --base scratch that it is nothing");
  }
  return empty_image(ours.platform(), ours.family());
}

// Names as typed would bring places of this machine into the history.
std::string message_for(const ResolvedImage& other) {
  const std::string name =
      other.name.empty() ? other.image.descriptor().digest().short_text() : other.name;
  return fmt::format("MERGE # {}, by imgops", name);
}

PlatformMerge merge_platform(Context& context, const RewriteTarget& target,
                             const PlatformImage& whole, const MergeRequest& request,
                             const MergeChoices& choices, ResultWriter& writer) {
  const ResolvedImage ours = resolve_beside(target, whole);
  tell_omitted(context, ours, target.revision.text);
  PlatformMerge merge{whole, 0, ours.image, {}, {ours.image}, request.is_forced};
  const auto platforms = request.is_forced ? OtherPlatforms::allowed : OtherPlatforms::refused;
  for (const Revision& other : request.others) {
    const ResolvedImage theirs = newcomer_for(context, other, ours.image, platforms);
    tell_omitted(context, theirs, other.text);
    const Image base = common_base(context, target, request, merge.image, theirs.image, other);
    if (merge.merges.empty()) merge.base_layers = base.layers().size();
    merge.parents.push_back(theirs.image);
    merge.merges.push_back(merge_images(writer.operation(), merge.image, theirs.image, base,
                                        message_for(theirs), choices));
    if (merge.merges.back().is_open()) break;
    merge.image = merge.merges.back().image;
  }
  return merge;
}

std::size_t open_conflicts(const std::vector<PlatformMerge>& merges) {
  std::size_t count = 0;
  for (const PlatformMerge& merge : merges) {
    for (const MergedImage& one : merge.merges) count += count_open(one.paths, one.settings);
  }
  return count;
}

// Those that are a reason to refuse.
std::size_t count_problems(const std::vector<PlatformMerge>& merges) {
  std::size_t count = 0;
  for (const PlatformMerge& merge : merges) {
    if (merge.is_forced) continue;
    for (const MergedImage& one : merge.merges) count += one.problems.size();
  }
  return count;
}

void put_platform(Json& row, const PlatformMerge& merge, bool is_one_of_many) {
  if (is_one_of_many) row["platform"] = merge.whole.image.platform().to_string();
}

Json verdict_rows(const std::vector<PlatformMerge>& merges) {
  Json rows = Json::array();
  for (const PlatformMerge& merge : merges) {
    for (std::size_t at = 0; at < merge.merges.size(); ++at) {
      for (Json& row : verdicts_json(merge.merges[at].paths)) {
        row["parent"] = at + 1;
        put_platform(row, merge, merges.size() > 1);
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

Json setting_rows(const std::vector<PlatformMerge>& merges) {
  Json rows = Json::array();
  for (const PlatformMerge& merge : merges) {
    for (std::size_t at = 0; at < merge.merges.size(); ++at) {
      for (Json& row : setting_verdicts_json(merge.merges[at].settings)) {
        row["parent"] = at + 1;
        put_platform(row, merge, merges.size() > 1);
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

Json problem_rows(const std::vector<PlatformMerge>& merges) {
  Json rows = Json::array();
  for (const PlatformMerge& merge : merges) {
    for (std::size_t at = 0; at < merge.merges.size(); ++at) {
      for (Json& row : problems_json(merge.merges[at].problems)) {
        row["parent"] = at + 1;
        put_platform(row, merge, merges.size() > 1);
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

// A fast-forward judges no path, but brings the other's settings.
void tell_settings(Context& context, const MergedImage& merged) {
  if (merged.kind != MergeKind::fast_forward || merged.settings.empty()) return;
  std::vector<std::string> keys;
  for (const SettingVerdict& setting : merged.settings) keys.push_back(printable(setting.key));
  context.say(fmt::format("fast-forward, {} with it: {}", counted(keys.size(), "setting"),
                          fmt::join(keys, ", ")));
}

void tell(Context& context, const MergedImage& merged) {
  tell_doubts(context, merged.paths);
  tell_settings(context, merged);
  const std::string problems = problems_text(context, merged.problems);
  if (!problems.empty()) context.say(problems.substr(0, problems.size() - 1));
  if (!merged.paths.empty()) context.say(verdicts_sentence(merged.paths));
  const std::string text = verdicts_text(context, merged.paths, merged.settings);
  if (!text.empty()) context.say_more(text.substr(0, text.size() - 1));
}

}  // namespace

std::vector<PlatformMerge> merge_all(Context& context, const RewriteTarget& target,
                                     const MergeRequest& request, const MergeChoices& choices,
                                     ResultWriter& writer) {
  std::vector<PlatformMerge> merges;
  for (const PlatformImage& whole : target.platforms) {
    merges.push_back(merge_platform(context, target, whole, request, choices, writer));
  }
  return merges;
}

void require_merged(Context& context, std::string_view subject,
                    const std::vector<PlatformMerge>& merges) {
  const std::size_t open = open_conflicts(merges);
  const std::size_t problems = count_problems(merges);
  if (open + problems == 0) {
    for (const PlatformMerge& merge : merges) {
      for (const MergedImage& one : merge.merges) tell(context, one);
    }
    return;
  }
  if (context.wants_json()) {
    Json body = Json::object();
    put_merges(body, merges);
    body.erase("kind");  // of what was not made
    body.erase("resolution");
    body["open"] = open;
    body["digest"] = nullptr;
    print_document(context, "merge", body);
  } else {
    for (const PlatformMerge& merge : merges) {
      const MergedImage& last = merge.merges.back();
      std::string text;
      for (const MergedImage& one : merge.merges) text += problems_text(context, one.problems);
      text += verdicts_text(context, last.paths, last.settings);
      if (merges.size() > 1 && !text.empty()) {
        context.output().text(printable(merge.whole.image.platform().to_string()) + "\n");
      }
      context.output().text(text);
    }
  }
  context.output().flush();
  if (open > 0) throw_open_conflicts(subject, open);
  throw_problems(subject, problems);
}

PlatformOutcome finish_merge(Context& context, const RewriteTarget& target, ResultWriter& writer,
                             const PlatformMerge& merge) {
  PlatformOutcome outcome{merge.whole.position,   merge.whole.image, merge.image,
                          BaseStatement::unknown, std::nullopt,      false};
  const bool is_theirs = std::ranges::any_of(merge.parents, [&](const Image& parent) {
    return parent.descriptor() == merge.image.descriptor();
  });
  if (is_theirs || !outcome.changed()) return outcome;
  outcome.base =
      find_base_of(context, *target.place, outcome.after, std::nullopt, writer.moving_names());
  if (outcome.base && !outcome.base->is_certain()) outcome.base.reset();
  if (outcome.base) outcome.statement = BaseStatement::known;
  finish_outcome(writer.store(), outcome);
  return outcome;
}

void put_merges(Json& body, const std::vector<PlatformMerge>& merges) {
  const PlatformMerge& first = merges.front();
  body["base"] = {{"layers", first.base_layers}};
  body["parents"] = Json::array();
  for (const Image& parent : first.parents) {
    body["parents"].push_back(parent.descriptor().digest().to_string());
  }
  if (!first.merges.back().is_open()) body["kind"] = word_of(first.merges.back().kind);
  if (const auto& layer = first.merges.back().resolution) {
    body["resolution"] = {{"digest", layer->descriptor.digest().to_string()},
                          {"diffId", layer->diff_id.digest.to_string()},
                          {"size", layer->descriptor.size_bytes()}};
  }
  body["verdicts"] = verdict_rows(merges);
  body["config"] = setting_rows(merges);
  body["problems"] = problem_rows(merges);
}

}  // namespace imgops::cli
