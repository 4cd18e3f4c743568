#include "tools/imgops/row_printer.hpp"

#include "tools/imgops/document.hpp"
#include "tools/imgops/json_text.hpp"

namespace imgops::cli {
namespace {

// Where an element of an array in the document stands.
constexpr std::string_view row_margin = "    ";

// Line breaks inside a JSON text are those between its parts: strings have them escaped.
std::string with_margin(std::string_view text) {
  std::string result(row_margin);
  for (const char letter : text) {
    result += letter;
    if (letter == '\n') result += row_margin;
  }
  return result;
}

}  // namespace

RowPrinter::RowPrinter(Context& context, std::string_view name, std::string_view rows)
    : context_(context), name_(name), rows_(rows) {}

void RowPrinter::open() {
  context_.output().text("{\n  \"schema\": \"imgops/" + name_ + "/1\",\n  \"" + rows_ + "\": [");
}

void RowPrinter::add(const Json& row) {
  if (context_.globals().form) {
    kept_.push_back(row);
  } else if (context_.globals().format == Format::json) {
    if (is_empty_) open();
    context_.output().text(is_empty_ ? "\n" : ",\n");
    context_.output().text(with_margin(indented_json(row)));
  } else {
    print_document(context_, name_, row);
  }
  is_empty_ = false;
}

void RowPrinter::end() {
  if (context_.globals().form) {
    print_document(context_, name_, Json{{rows_, kept_}}, rows_);
  } else if (context_.globals().format == Format::json) {
    if (is_empty_) open();
    context_.output().text(is_empty_ ? "]\n}\n" : "\n  ]\n}\n");
  }
}

}  // namespace imgops::cli
