#include "tools/imgops/factor_screen.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/rewriting.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <set>

namespace imgops::cli {
namespace {

// What all distinct layers take, stored.
class Together {
 public:
  void add(const Image& image) {
    for (const ImageLayer& layer : image.layers()) {
      if (seen_.insert(layer.descriptor.digest()).second) {
        bytes_ += layer.descriptor.size_bytes();
      }
    }
  }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::set<Digest> seen_;
  std::uint64_t bytes_ = 0;
};

struct Totals {
  Together before;
  Together after;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t stored_bytes = 0;
};

Totals totals_of(const Factored& factored) {
  Totals totals;
  for (const FactoredPlatform& platform : factored.platforms) {
    const FactorResult& result = platform.result;
    totals.files += result.files;
    totals.bytes += result.bytes;
    totals.stored_bytes += result.stored_bytes;
    if (!result.base) continue;
    for (const Replacement& one : platform.before) totals.before.add(one.image);
    for (const Image& image : result.images) totals.after.add(image);
  }
  return totals;
}

void put_platform(Json& row, const FactoredPlatform& platform) {
  if (!platform.platform.empty()) row["platform"] = platform.platform;
}

Json base_json(const Factored& factored, const Totals& totals) {
  if (!factored.base) return nullptr;
  Json base = {{"ref", factored.base_name}, {"digest", factored.base->to_string()}};
  Json platforms = Json::array();
  for (const FactoredPlatform& platform : factored.platforms) {
    const FactorResult& result = platform.result;
    if (!result.base) continue;
    if (!base.contains("layers")) base["layers"] = result.base->layers().size();
    Json row = Json::object();
    put_platform(row, platform);
    row["digest"] = result.base->descriptor().digest().to_string();
    row["layers"] = result.base->layers().size();
    row["files"] = result.files;
    row["bytes"] = result.bytes;
    row["stored"] = result.stored_bytes;
    platforms.push_back(std::move(row));
  }
  base["files"] = totals.files;
  base["bytes"] = totals.bytes;
  base["stored"] = totals.stored_bytes;
  if (!factored.platforms.front().platform.empty()) base["platforms"] = std::move(platforms);
  return base;
}

Json factored_json(const Factored& factored) {
  const Totals totals = totals_of(factored);
  Json rows = Json::array();
  for (const FactoredPlatform& platform : factored.platforms) {
    const FactorResult& result = platform.result;
    for (std::size_t number = 0; number < result.images.size(); ++number) {
      const Image& old = platform.before[number].image;
      const Image& image = result.images[number];
      Json row = {{"ref", factored.names[number].name}};
      put_platform(row, platform);
      row["old"] = old.descriptor().digest().to_string();
      row["new"] = image.descriptor().digest().to_string();
      row["before"] = stored_bytes(old);
      row["after"] = stored_bytes(image);
      row["ownBefore"] = stored_bytes(old, result.shared_layers);
      row["ownAfter"] = stored_bytes(image, result.shared_layers + 1);
      rows.push_back(std::move(row));
    }
  }
  const auto saved = static_cast<std::int64_t>(totals.before.bytes()) -
                     static_cast<std::int64_t>(totals.after.bytes());
  return {{"base", base_json(factored, totals)},
          {"common", {{"files", totals.files}, {"bytes", totals.bytes}}},
          {"results", rows},
          {"saved", saved}};
}

void say_platform(Context& context, const Factored& factored, const FactoredPlatform& platform) {
  const FactorResult& result = platform.result;
  const std::string shown = printable(platform.platform);
  if (!result.base) {
    context.say(fmt::format("{}{}{} in common, {}: less than {}", shown, shown.empty() ? "" : ": ",
                            counted(result.files, "file"), shown_size(context, result.bytes),
                            shown_size(context, factored.least_bytes)));
    return;
  }
  const std::string_view dot = sign(context, " · ", ", ");
  context.say(fmt::format("{}{}{}  {} + 1 layer{}{}{}{} unpacked{}{} stored",
                          printable(factored.base_name), shown.empty() ? "" : " ", shown,
                          printable(platform.shared_name), dot, counted(result.files, "file"), dot,
                          shown_size(context, result.bytes), dot,
                          shown_size(context, result.stored_bytes)));
}

void add_rows(Context& context, Table& table, const Factored& factored,
              const FactoredPlatform& platform) {
  const FactorResult& result = platform.result;
  for (std::size_t number = 0; number < result.images.size(); ++number) {
    const Image& old = platform.before[number].image;
    const Image& image = result.images[number];
    const std::string shown = printable(platform.platform);
    table.add({printable(factored.names[number].name) + (shown.empty() ? "" : " ") + shown,
               shown_size(context, stored_bytes(old)), shown_size(context, stored_bytes(image)),
               fmt::format("{} {} {}", shown_size(context, stored_bytes(old, result.shared_layers)),
                           sign(context, "→", "->"),
                           shown_size(context, stored_bytes(image, result.shared_layers + 1))),
               image.descriptor().digest().short_text()});
  }
}

}  // namespace

void print_factored(Context& context, const Factored& factored) {
  if (context.wants_json()) {
    print_document(context, "factor", factored_json(factored), "results");
    return;
  }
  Table table(
      {{"REF"}, {"BEFORE", Align::right}, {"AFTER", Align::right}, {"OWN BYTES"}, {"DIGEST"}});
  for (const FactoredPlatform& platform : factored.platforms) {
    say_platform(context, factored, platform);
    add_rows(context, table, factored, platform);
  }
  if (!factored.base) return;
  context.output().text(table.text(table_width(context)));
  const Totals totals = totals_of(factored);
  context.say(fmt::format("together  {} {} {}", shown_size(context, totals.before.bytes()),
                          sign(context, "→", "->"), shown_size(context, totals.after.bytes())));
}

}  // namespace imgops::cli
