#include "tools/imgops/rebasing.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/package_problems.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace imgops::cli {
namespace {

std::string_view word_of(RebaseStatus status) {
  switch (status) {
    case RebaseStatus::rebased:
      return "rebased";
    case RebaseStatus::clean:
      return "clean";
    case RebaseStatus::unchanged:
      return "unchanged";
    case RebaseStatus::refused:
      return "refused";
    case RebaseStatus::conflict:
      break;
  }
  return "conflict";
}

bool is_pattern(std::string_view word) {
  return word.find_first_of("*?[") != std::string_view::npos;
}

bool stands_on(const Image& image, const Image& base) {
  return shared_layer_count(image, base) == base.layers().size();
}

// Of an image that stands on the new base a base above that, to be left for its lower part: one the
// user names, and for nothing at all whatever base there is.
template <class Leave>
std::optional<BaseMatch> higher_base(const RebaseRequest& request, const Image& onto,
                                     const Leave& leave) {
  if (!request.base && !is_scratch(request.onto)) return std::nullopt;
  try {
    BaseMatch base = leave();
    if (base.layer_count > onto.layers().size()) return base;
  } catch (const Error& error) {
    // The second time it stands on no such base any more.
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::invalid_argument) throw;
  }
  return std::nullopt;
}

PlatformRebase select_platform(Context& context, const RebaseRequest& request,
                               const RewriteTarget& target, const PlatformImage& whole) {
  const ResolvedImage image = resolve_beside(target, whole);
  tell_omitted(context, image, target.revision.text);
  ResolvedImage onto = newcomer_for(context, request.onto, image.image, request.others);
  tell_omitted(context, onto, request.onto.text);
  PlatformRebase platform{whole.position,
                          image.image,
                          std::move(onto.image),
                          BaseMatch(),
                          {image.image, false, {}, {}, {}, {}},
                          false,
                          request.options.work == RebaseWork::judge_only};
  const auto leave = [&] {
    return base_to_leave(context, *target.place, platform.before, request.base, request.onto,
                         target.revision.text);
  };
  platform.is_there = stands_on(platform.before, platform.onto);
  if (!platform.is_there) {
    platform.base = leave();
  } else if (auto higher = higher_base(request, platform.onto, leave)) {
    platform.base = std::move(*higher);
    platform.is_there = false;
  } else {
    platform.base.layer_count = platform.onto.layers().size();
  }
  if (!platform.is_there && !platform.base.names.empty()) {
    context.say_more(fmt::format("{}: leaves {} ({})", printable(target.revision.text),
                                 printable(platform.base.names.front()),
                                 counted(platform.base.layer_count, "layer")));
  }
  return platform;
}

RefRebase select_ref(Context& context, const RebaseRequest& request, const std::string& word) {
  RewriteTarget target = select_for_rewrite(context, parse_image(context, word));
  std::vector<PlatformRebase> platforms;
  for (const PlatformImage& whole : target.platforms) {
    platforms.push_back(select_platform(context, request, target, whole));
  }
  const Descriptor root = target.root;
  return {std::move(target), std::move(platforms), root};
}

// Refs that match and stand on some base; the new base itself and images of no base are left out.
void select_matching(Context& context, const RebaseRequest& request, const std::string& pattern,
                     std::vector<RefRebase>& refs) {
  const std::size_t before = refs.size();
  for (const NamedDescriptor& named : context.selected_layout().names()) {
    if (!matches_glob(pattern, named.name) || named.name == request.onto.name) continue;
    try {
      refs.push_back(select_ref(context, request, named.name));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::unsupported) throw;
      context.say_more(fmt::format("{}: left out: {}", printable(named.name), error.what()));
    }
  }
  if (refs.size() > before) return;
  throw Error(ErrorKind::not_found,
              fmt::format("{}: matches no image that stands on a base", printable(pattern)));
}

const BasePair& pair_for(const Operation& operation, const PlatformRebase& platform,
                         std::vector<std::unique_ptr<BasePair>>& pairs) {
  for (const auto& pair : pairs) {
    if (pair->new_image.descriptor() == platform.onto.descriptor() &&
        serves(*pair, platform.before, platform.base.layer_count)) {
      return *pair;
    }
  }
  std::optional<Image> old_base = platform.base.image;
  if (!old_base && platform.base.layer_count == 0) {
    old_base = empty_image(platform.before.platform(), platform.before.family());
  }
  pairs.push_back(std::make_unique<BasePair>(open_bases(
      operation, platform.before, platform.base.layer_count, std::move(old_base), platform.onto)));
  return *pairs.back();
}

// The new base under the name that the result's annotations give it.
void state_new_base(PlatformRebase& platform, const Revision& onto) {
  if (!platform.result.changed) return;
  BaseMatch base;
  base.layer_count = platform.onto.layers().size();
  if (!onto.name.empty() && onto.suffixes.empty()) base.names.push_back(onto.name);
  base.rule = BaseRule::given;
  base.image = platform.onto;
  platform.result.image =
      state_base(platform.result.image, base.layer_count == 0 ? nullptr : &base);
}

std::string note_of(const RefRebase& ref) {
  const PlatformRebase& first = ref.platforms.front();
  if (first.is_there) return "stands on it already";
  std::string note = verdicts_sentence(first.result.paths);
  if (first.result.resolution) note += " · resolution layer";
  return note;
}

Json platform_json(const PlatformRebase& platform) {
  Json json = Json::object();
  json["platform"] = platform.before.platform().to_string();
  json["old"] = platform.before.descriptor().digest().to_string();
  json["new"] = platform.result.image.descriptor().digest().to_string();
  json["base"] = platform.base.names.empty() ? Json() : Json(platform.base.names.front());
  json["baseLayers"] = platform.base.layer_count;
  json["verdicts"] = verdicts_json(platform.result.paths);
  json["config"] = setting_verdicts_json(platform.result.settings);
  json["problems"] = problems_json(platform.result.problems);
  if (const auto& layer = platform.result.resolution) {
    json["resolution"] = {{"digest", layer->descriptor.digest().to_string()},
                          {"diffId", layer->diff_id.digest.to_string()},
                          {"size", layer->descriptor.size_bytes()}};
  }
  return json;
}

}  // namespace

RebaseStatus RefRebase::status() const {
  const auto is_open = [](const PlatformRebase& platform) { return platform.result.is_open(); };
  if (std::ranges::any_of(platforms, is_open)) return RebaseStatus::conflict;
  const auto misses = [](const PlatformRebase& platform) {
    return !platform.result.problems.empty();
  };
  if (now == target.root && std::ranges::any_of(platforms, misses)) return RebaseStatus::refused;
  const auto is_judged = [](const PlatformRebase& platform) {
    return platform.is_judged && !platform.is_there;
  };
  if (std::ranges::any_of(platforms, is_judged)) return RebaseStatus::clean;
  // It would move, but for another image of the same run.
  const auto is_changed = [](const PlatformRebase& platform) { return platform.result.changed; };
  if (now == target.root && std::ranges::any_of(platforms, is_changed)) return RebaseStatus::clean;
  return now == target.root ? RebaseStatus::unchanged : RebaseStatus::rebased;
}

std::vector<RefRebase> select_rebases(Context& context, const RebaseRequest& request) {
  std::vector<RefRebase> refs;
  for (const std::string& word : request.images) {
    const auto& known = context.known_names();
    const bool is_name = std::ranges::find(known, word) != known.end();
    if (!is_name && is_pattern(word)) {
      select_matching(context, request, word, refs);
    } else {
      refs.push_back(select_ref(context, request, word));
    }
  }
  std::set<std::string> seen;
  std::erase_if(refs, [&](const RefRebase& ref) {
    return !ref.target.name.empty() && !seen.insert(ref.target.name).second;
  });
  for (const RefRebase& ref : refs) {
    if (ref.target.place == refs.front().target.place) continue;
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is in another place than {}", printable(ref.target.revision.text),
                            printable(refs.front().target.revision.text)));
  }
  return refs;
}

void rebase_all(Context& context, const RebaseRequest& request, const MergeChoices& choices,
                ResultWriter& writer, std::vector<RefRebase>& refs) {
  std::vector<std::unique_ptr<BasePair>> pairs;
  struct Job {
    RefRebase* ref;
    PlatformRebase* platform;
    const BasePair* bases;
  };
  std::vector<Job> jobs;
  for (RefRebase& ref : refs) {
    for (PlatformRebase& platform : ref.platforms) {
      if (platform.is_there) continue;
      jobs.push_back({&ref, &platform, &pair_for(writer.operation(), platform, pairs)});
    }
  }
  context.workers().for_each_index(
      jobs.size(),
      [&](std::size_t number) {
        const Job& job = jobs[number];
        Operation operation = writer.operation();
        operation.subject = printable(job.ref->target.revision.text);
        job.platform->result =
            rebase(operation, job.platform->before, *job.bases, choices, request.options);
        state_new_base(*job.platform, request.onto);
      },
      context.stop());
  for (const RefRebase& ref : refs) {
    for (const PlatformRebase& platform : ref.platforms)
      tell_doubts(context, platform.result.paths);
  }
}

void print_rebases(Context& context, const std::vector<RefRebase>& refs) {
  Table table({{"REF"}, {"STATUS"}, {"OLD"}, {"NEW"}, {"NOTE"}});
  for (const RefRebase& ref : refs) {
    table.add({printable(ref.target.revision.text), std::string(word_of(ref.status())),
               ref.target.root.digest().short_text(), ref.now.digest().short_text(), note_of(ref)});
  }
  context.output().text(table.text(table_width(context)));
  for (const RefRebase& ref : refs) {
    for (const PlatformRebase& platform : ref.platforms) {
      const std::string text =
          problems_text(context, platform.result.problems) +
          verdicts_text(context, platform.result.paths, platform.result.settings);
      if (text.empty()) continue;
      const bool is_index = ref.platforms.size() > 1;
      context.output().text(fmt::format(
          "\n{}{}{}\n{}", printable(ref.target.revision.text), is_index ? " " : "",
          is_index ? printable(platform.before.platform().to_string()) : std::string(), text));
    }
  }
}

Json rebases_json(const std::vector<RefRebase>& refs, const Revision& onto) {
  Json results = Json::array();
  for (const RefRebase& ref : refs) {
    Json row = Json::object();
    put_bytes(row, "ref", ref.target.revision.text);
    row["status"] = word_of(ref.status());
    row["old"] = ref.target.root.digest().to_string();
    row["new"] = ref.now.digest().to_string();
    row["platforms"] = Json::array();
    for (const PlatformRebase& platform : ref.platforms) {
      row["platforms"].push_back(platform_json(platform));
    }
    results.push_back(std::move(row));
  }
  Json json = Json::object();
  put_bytes(json, "onto", onto.text);
  json["results"] = std::move(results);
  return json;
}

std::size_t count_problems(const std::vector<RefRebase>& refs) {
  std::size_t count = 0;
  for (const RefRebase& ref : refs) {
    for (const PlatformRebase& platform : ref.platforms) count += platform.result.problems.size();
  }
  return count;
}

std::string images_of(const std::vector<RefRebase>& refs, RebaseStatus status) {
  std::string text;
  std::size_t count = 0;
  for (const RefRebase& ref : refs) {
    if (ref.status() != status) continue;
    if (++count > 3) continue;
    text += (count > 1 ? ", " : "") + ref.target.revision.text;
  }
  return count > 3 ? fmt::format("{} and {} more", text, count - 3) : text;
}

bool needs_more(const std::vector<RefRebase>& refs) {
  return std::ranges::any_of(refs, [](const RefRebase& ref) {
    return std::ranges::any_of(ref.platforms, [](const PlatformRebase& platform) {
      return std::ranges::any_of(platform.result.paths, [](const MergedPath& path) {
        return path.is_open() && path.needs_more;
      });
    });
  });
}

std::size_t count_open(const std::vector<RefRebase>& refs) {
  std::size_t count = 0;
  for (const RefRebase& ref : refs) {
    for (const PlatformRebase& platform : ref.platforms) {
      count += count_open(platform.result.paths, platform.result.settings);
    }
  }
  return count;
}

}  // namespace imgops::cli
