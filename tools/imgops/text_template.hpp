// Answers in the user's own form: --format TEMPLATE, a subset of Go's text/template over a JSON
// document. What is outside the subset is refused, never printed wrongly.
// Source: command-line §11.
#pragma once

#include "libimgops/base/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

// Immutable. Text stands for itself; \t, \n and \\ are a tab, a line break, a backslash.
//   {{.a.b}}  a string, number or truth value; {{.}} is where we are, <no value> is null
//   {{json .a}}  any value as JSON        {{len .a}}  elements, or bytes of a string
//   {{range .a}}…{{else}}…{{end}}  each element of a list, as "."; the other part when it is empty
//   {{if .a}}…{{else}}…{{end}}  unless .a is absent, null, false, 0 or empty
// After "table " it describes one row: columns stand between \t.
class TextTemplate {
 public:
  // Throws Error(invalid_argument) with what is outside the subset.
  static TextTemplate parse(std::string_view text);

  // The document through the template, ending in a line break unless it is empty. A table has a
  // heading of the names used and a line for each element of `document[rows]`, or for the document
  // when `rows` is empty. Strings are printable. Throws Error(invalid_argument) for a name the
  // document does not have and for a value the action does not take.
  std::string render(const Json& document, std::string_view rows) const;

 private:
  enum class Action : std::uint8_t { text, print, json, length, range, branch };
  struct Node {
    Action action = Action::text;
    std::string text;               // of Action::text
    std::vector<std::string> path;  // "a", "b" of .a.b; empty for "."
    std::vector<Node> body;
    std::vector<Node> otherwise;  // after {{else}}
  };
  using Nodes = std::vector<Node>;
  class Parser;

  static void render_nodes(const Nodes& nodes, const Json& dot, std::string& text);
  static void render_node(const Node& node, const Json& dot, std::string& text);
  static void head_nodes(const Nodes& nodes, std::string& text);
  std::string table(const Json& document, std::string_view rows) const;

  Nodes nodes_;
  bool is_table_ = false;
};

}  // namespace imgops::cli
