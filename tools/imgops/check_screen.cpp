#include "tools/imgops/check_screen.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

constexpr std::size_t shown_references = 5;
// Blobs that nothing leads to lie about by the thousand after a rewrite; a few are worth a line.
constexpr std::size_t shown_dangling = 3;

bool is_dangling(const Fault& fault) {
  return fault.kind == FaultKind::dangling && !fault.is_mended;
}

std::string state_of(const Context& context, const Fault& fault) {
  if (fault.is_mended) return coloured(context, Colour::green, "mended");
  switch (fault.level) {
    case DiagnosticLevel::note:
      return "note";
    case DiagnosticLevel::warning:
      return coloured(context, Colour::yellow, "warning");
    case DiagnosticLevel::reject:
      return coloured(context, Colour::red, "BAD");
  }
  return "";
}

std::string subject_of(const Context& context, const Fault& fault) {
  if (!fault.digest) return printable(fault.subject);
  return context.globals().may_shorten ? fault.digest->short_text() : fault.digest->to_string();
}

std::string references_of(const Context& context, const Fault& fault) {
  std::string text;
  std::size_t count = 0;
  for (const std::string& reference : fault.references) {
    if (count++ == shown_references && context.globals().may_shorten) {
      return text + fmt::format(" and {} more", fault.references.size() - shown_references);
    }
    text += (text.empty() ? "" : " ") + printable(reference);
  }
  return text;
}

Json fault_json(const Fault& fault) {
  Json json = Json::object();
  if (fault.digest) json["digest"] = fault.digest->to_string();
  if (!fault.subject.empty()) put_bytes(json, "subject", fault.subject);
  json["kind"] = std::string(name(fault.kind));
  json["level"] = std::string(name(fault.level));
  json["reason"] = fault.reason;
  json["refs"] = fault.references;
  json["mended"] = fault.is_mended;
  return json;
}

}  // namespace

std::string check_text(const Context& context, const CheckReport& report,
                       std::string_view subject) {
  Table table({{"STATE"}, {"WHAT"}, {"REASON"}, {"REFERENCED BY"}});
  std::size_t dangling = 0;
  for (const Fault& fault : report.faults) {
    if (is_dangling(fault) && ++dangling > shown_dangling && context.globals().may_shorten)
      continue;
    table.add({state_of(context, fault), subject_of(context, fault), printable(fault.reason),
               references_of(context, fault)});
  }
  std::string folded;
  if (dangling > shown_dangling && context.globals().may_shorten) {
    folded = fmt::format("… {} more that nothing leads to, --no-trunc shows all\n",
                         dangling - shown_dangling);
  }
  return (table.empty() ? "" : table.text(table_width(context))) + folded +
         fmt::format("{}  {}: {}, {}, {} read\n", report.is_corrupt() ? "BAD" : "ok", subject,
                     counted(report.names, "name"), counted(report.blobs, "blob"),
                     shown_size(context, report.read_bytes));
}

Json check_json(const CheckReport& report) {
  Json body = {{"checked", report.blobs},
               {"names", report.names},
               {"bytes", report.read_bytes},
               {"errors", Json::array()},
               {"notes", Json::array()}};
  for (const Fault& fault : report.faults) {
    const bool is_error = fault.level == DiagnosticLevel::reject && !fault.is_mended;
    body[is_error ? "errors" : "notes"].push_back(fault_json(fault));
  }
  return body;
}

}  // namespace imgops::cli
