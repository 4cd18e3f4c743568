// imgops diff: two images compared.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/diff_screen.hpp"
#include "tools/imgops/diff_sides.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/exit_status.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

CompareOptions compare_options(const Options& options) {
  CompareOptions result;
  for (const std::string& word : options.list("ignore")) {
    if (word != "mtime") {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("--ignore: '{}' is not mtime", printable(word)));
    }
    result.ignore_mtime = true;
  }
  return result;
}

void print_text(Context& context, const Options& options, DiffReport& report) {
  context.start_pager();
  Output& output = context.output();
  if (options.flag("name-status")) {
    output.text(name_status_text(report.files()));
    return;
  }
  if (!options.flag("content")) output.text(settings_text(context, report.settings()));
  if (options.flag("config")) return;
  if (options.flag("content")) {
    output.text(content_text(context, report));
    return;
  }
  output.text(options.flag("stat") ? largest_text(context, report.files())
                                   : files_text(context, report.files()));
  if (!report.files().empty()) output.text(summary_text(context, report.summary()));
}

Json report_json(const DiffReport& report) {
  Json body = Json::object();
  body["a"] = report.before().text;
  body["b"] = report.after().text;
  body["config"] = settings_json(report.settings());
  body["files"] = files_json(report.files());
  body["summary"] = summary_json(report.summary());
  return body;
}

}  // namespace

void declare_diff(Declarations& declarations) {
  declarations.operand("A")
      .operand("B")
      .flag("stat", "settings, the ten largest changes, the sum")
      .flag("name-status", "a letter and a path a line")
      .flag("content", "the lines of text files that changed")
      .flag("config", "settings only")
      .list("ignore", "mtime", "times alone are no change");
}

int run_diff(const Options& options, Context& context) {
  DiffSides sides = diff_sides(context, options.operand("A"), options.text("B"));
  DiffReport report(context, std::move(sides.before), std::move(sides.after),
                    compare_options(options));
  if (context.wants_json()) {
    print_document(context, "diff", report_json(report), "files");
  } else {
    print_text(context, options, report);
  }
  const bool same_files = report.files().empty() || options.flag("config");
  return same_files && report.settings().empty() ? status_done : status_no;
}

}  // namespace imgops::cli
