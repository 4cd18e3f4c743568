// An answer for programs whose rows may be many: each is printed as it comes, so that memory does
// not grow with them. The same bytes as print_document() (document.hpp).
#pragma once

#include "libimgops/base/json.hpp"
#include "tools/imgops/context.hpp"

#include <string>
#include <string_view>

namespace imgops::cli {

// Schema "imgops/NAME/1" with one array, `rows`. Prints nothing before the first row: whatever can
// fail comes before that. A template (--format) is given the whole document, so there rows are
// kept.
class RowPrinter {
 public:
  RowPrinter(Context& context, std::string_view name, std::string_view rows);
  void add(const Json& row);
  // Once, after the last row.
  void end();

 private:
  void open();

  Context& context_;
  std::string name_;
  std::string rows_;
  bool is_empty_ = true;
  Json kept_ = Json::array();  // for a template
};

}  // namespace imgops::cli
