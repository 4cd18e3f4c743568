#include "tools/imgops/package_problems.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/document.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgops::cli {

Json problems_json(std::span<const PackageProblem> problems) {
  Json rows = Json::array();
  for (const PackageProblem& problem : problems) {
    Json row = Json::object();
    row["kind"] = name(problem.kind);
    put_bytes(row, "subject", problem.subject);
    put_bytes(row, "needs", problem.needs);
    put_bytes(row, "text", problem.text);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string problems_text(const Context& context, std::span<const PackageProblem> problems) {
  std::string text;
  for (const PackageProblem& problem : problems) {
    text += coloured(context, Colour::red, name(problem.kind)) + "  " + problem.text + "\n";
  }
  return text;
}

void throw_problems(std::string_view subject, std::size_t count) {
  throw Error(ErrorKind::conflict,
              fmt::format("{}: packages or programs would miss {} thing{}, nothing written",
                          printable(subject), count, count == 1 ? "" : "s"),
              "--force does it all the same");
}

}  // namespace imgops::cli
