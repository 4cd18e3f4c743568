// imgops gc: what nothing needs any more, removed.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/garbage.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <map>

namespace imgops::cli {
namespace {

GarbageOptions garbage_options(const Options& options) {
  GarbageOptions garbage;
  if (const auto grace = options.duration("grace")) garbage.grace = *grace;
  if (options.text("reflog-expire") == "never") {
    garbage.reflog_expire.reset();
  } else if (const auto expire = options.duration("reflog-expire")) {
    garbage.reflog_expire = *expire;
  }
  if (options.flag("dry-run")) garbage.disposal = Disposal::list;
  return garbage;
}

std::string shown_name(const Context& context, const Garbage& garbage) {
  const auto digest = Digest::try_parse(garbage.what);
  return digest && context.globals().may_shorten ? digest->short_text() : printable(garbage.what);
}

std::string report_text(const Context& context, const GarbageReport& report,
                        std::string_view verb) {
  Table table({{"KIND"}, {"WHAT"}, {"SIZE", Align::right}, {"WHY"}});
  std::map<GarbageKind, std::size_t> counts;
  std::uint64_t bytes = 0;
  for (const Garbage& garbage : report.removed) {
    table.add({std::string(name(garbage.kind)), shown_name(context, garbage),
               shown_size(context, garbage.size_bytes), garbage.why});
    ++counts[garbage.kind];
    bytes += garbage.size_bytes;
  }
  if (table.empty()) return "nothing to remove\n";
  std::string sum;
  for (const auto& [kind, count] : counts) {
    sum += (sum.empty() ? "" : ", ") + counted(count, name(kind));
  }
  return table.text(table_width(context)) +
         fmt::format("{} {}: {}\n", verb, shown_size(context, bytes), sum);
}

Json report_json(const GarbageReport& report) {
  Json body = {{"removed", Json::array()}};
  std::uint64_t bytes = 0;
  for (const Garbage& garbage : report.removed) {
    Json row = {{"kind", std::string(name(garbage.kind))}};
    if (garbage.kind == GarbageKind::blob) {
      row["digest"] = garbage.what;
    } else {
      put_bytes(row, garbage.kind == GarbageKind::log ? "ref" : "path", garbage.what);
    }
    row["reason"] = garbage.why;
    row["size"] = garbage.size_bytes;
    body["removed"].push_back(std::move(row));
    bytes += garbage.size_bytes;
  }
  body["bytes"] = bytes;
  body["spared"] = {{"blobs", report.spared_count}, {"bytes", report.spared_bytes}};
  return body;
}

}  // namespace

void declare_gc(Declarations& declarations) {
  declarations.value("grace", "TIME", "leave younger blobs alone; 1h unless told")
      .value("reflog-expire", "TIME", "forget older moves of names; 30d unless told, or never")
      .flag("dry-run,n", "tell what would go, remove nothing");
}

int run_gc(const Options& options, Context& context) {
  const GarbageOptions garbage = garbage_options(options);
  Repository& repository = *context.selected_layout().repository();
  const GarbageReport report = collect_garbage(repository, garbage, context.now(), context.stop());
  if (context.wants_json()) {
    print_document(context, "gc", report_json(report), "removed");
    return 0;
  }
  const bool is_dry_run = garbage.disposal == Disposal::list;
  context.output().text(report_text(context, report, is_dry_run ? "would remove" : "removed"));
  if (report.spared_count > 0) {
    context.say(fmt::format("{} that nothing leads to stay, being young or in use: {}",
                            counted(report.spared_count, "blob"),
                            shown_size(context, report.spared_bytes)));
  }
  return 0;
}

}  // namespace imgops::cli
