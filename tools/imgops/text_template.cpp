#include "tools/imgops/text_template.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace imgops::cli {
namespace {

constexpr std::string_view known_actions =
    "known are {{.a.b}}, {{json .a}}, {{len .a}}, {{range .a}}, {{if .a}}, {{else}}, {{end}}";
constexpr std::string_view table_word = "table ";
constexpr std::size_t deepest = 64;

[[noreturn]] void refuse(const std::string& message, std::string_view hint = known_actions) {
  throw Error(ErrorKind::invalid_argument, "--format: " + message, std::string(hint));
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

[[noreturn]] void refuse_action(std::string_view action) {
  refuse(fmt::format("no such thing as {{{{{}}}}}", printable(action)));
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char character) {
    return character == '_' || std::isalnum(character) != 0;
  });
}

std::vector<std::string> parse_path(std::string_view word, std::string_view action) {
  if (word == ".") return {};
  if (!word.starts_with('.')) refuse_action(action);
  std::vector<std::string> path;
  for (const std::string_view name : split(word.substr(1), ".")) {
    if (!is_name(name)) refuse_action(action);
    path.emplace_back(name);
  }
  return path;
}

std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      result += text[at];
      continue;
    }
    const char letter = ++at < text.size() ? text[at] : '\0';
    if (letter != 't' && letter != 'n' && letter != '\\') {
      refuse("a backslash stands before t, n or another one only", "");
    }
    result += letter == 't' ? '\t' : letter == 'n' ? '\n' : '\\';
  }
  return result;
}

std::string dotted_path(const std::vector<std::string>& path) {
  return path.empty() ? "." : fmt::format(".{}", fmt::join(path, "."));
}

// Null when a name on the way is missing.
const Json* find(const Json& dot, const std::vector<std::string>& path) {
  const Json* value = &dot;
  for (const std::string& name : path) {
    if (!value->is_object()) return nullptr;
    const auto found = value->find(name);
    if (found == value->end()) return nullptr;
    value = &*found;
  }
  return value;
}

const Json& require(const Json& dot, const std::vector<std::string>& path) {
  if (const Json* const value = find(dot, path)) return *value;
  std::vector<std::string> parent = path;
  while (!parent.empty() && find(dot, parent) == nullptr) parent.pop_back();
  const Json& last = *find(dot, parent);
  std::vector<std::string> names;
  if (last.is_object()) {
    for (const auto& item : last.items()) names.push_back("." + printable(item.key()));
  }
  refuse(fmt::format("nothing is called {} here", dotted_path(path)),
         names.empty() ? fmt::format("{} is {}", dotted_path(parent), last.type_name())
                       : fmt::format("{} has {}", dotted_path(parent), fmt::join(names, ", ")));
}

bool is_true(const Json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number()) return *value != 0;
  if (value->is_string()) return !value->get_ref<const std::string&>().empty();
  return !value->empty();
}

std::string shown_value(const Json& value, const std::vector<std::string>& path) {
  if (value.is_string()) return printable(value.get_ref<const std::string&>());
  if (value.is_null()) return "<no value>";
  if (!value.is_structured()) return print_json(value);
  refuse(fmt::format("{} is an {}", dotted_path(path), value.type_name()),
         fmt::format("{{{{json {0}}}}} prints it whole", dotted_path(path)));
}

std::size_t length(const Json& value, const std::vector<std::string>& path) {
  if (value.is_string()) return value.get_ref<const std::string&>().size();
  if (value.is_structured()) return value.size();
  refuse(fmt::format("{} is {}, which has no length", dotted_path(path), value.type_name()), "");
}

std::string upper_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  return text;
}

}  // namespace

// Recursive descent: a sequence ends at the end of the text, at {{else}} or at {{end}}.
class TextTemplate::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Nodes parse() {
    Nodes nodes = sequence();
    if (end_ != End::text) refuse(fmt::format("{{{{{}}}}} without a beginning", word(end_)));
    return nodes;
  }

 private:
  enum class End : std::uint8_t { text, otherwise, end };
  static std::string_view word(End end) { return end == End::end ? "end" : "else"; }

  Nodes sequence() {
    Nodes nodes;
    while (true) {
      const std::size_t brace = rest_.find("{{");
      const std::string literal = unescape(rest_.substr(0, brace));
      if (!literal.empty()) nodes.push_back({Action::text, literal, {}, {}, {}});
      if (brace == std::string_view::npos) {
        end_ = End::text;
        return nodes;
      }
      const std::vector<std::string_view> words = take_action(brace + 2);
      if (words.size() == 1 && (words[0] == "end" || words[0] == "else")) {
        end_ = words[0] == "end" ? End::end : End::otherwise;
        return nodes;
      }
      nodes.push_back(action(words));
    }
  }

  // The words between the braces; what follows remains.
  std::vector<std::string_view> take_action(std::size_t begin) {
    const std::size_t end = rest_.find("}}", begin);
    if (end == std::string_view::npos) refuse("{{ without }}");
    action_ = rest_.substr(begin, end - begin);
    rest_.remove_prefix(end + 2);
    std::vector<std::string_view> words = split(action_, " \t");
    std::erase(words, std::string_view());
    return words;
  }

  Node action(const std::vector<std::string_view>& words) {
    Node node;
    if (words.size() == 1) {
      node.action = Action::print;
      node.path = parse_path(words[0], action_);
      return node;
    }
    static constexpr auto known =
        std::to_array<std::pair<std::string_view, Action>>({{"json", Action::json},
                                                            {"len", Action::length},
                                                            {"range", Action::range},
                                                            {"if", Action::branch}});
    if (words.size() != 2) refuse_action(action_);
    const auto* const found =
        std::ranges::find(known, words[0], &decltype(known)::value_type::first);
    if (found == known.end()) refuse_action(action_);
    node.action = found->second;
    node.path = parse_path(words[1], action_);
    if (node.action == Action::range || node.action == Action::branch) read_parts(node);
    return node;
  }

  void read_parts(Node& node) {
    if (++depth_ > deepest) refuse("nested too deeply");
    const std::string beginning(action_);
    node.body = sequence();
    if (end_ == End::otherwise) node.otherwise = sequence();
    if (end_ != End::end) {
      refuse(fmt::format("{{{{{}}}}} without {{{{end}}}}", printable(beginning)));
    }
    --depth_;
  }

  std::string_view rest_;
  std::string_view action_;  // between the last braces
  End end_ = End::text;      // of the last sequence
  std::size_t depth_ = 0;
};

TextTemplate TextTemplate::parse(std::string_view text) {
  TextTemplate result;
  result.is_table_ = text.starts_with(table_word);
  if (result.is_table_) text.remove_prefix(table_word.size());
  result.nodes_ = Parser(text).parse();
  return result;
}

void TextTemplate::render_nodes(const Nodes& nodes, const Json& dot, std::string& text) {
  for (const Node& node : nodes) render_node(node, dot, text);
}

void TextTemplate::render_node(const Node& node, const Json& dot, std::string& text) {
  switch (node.action) {
    case Action::text:
      text += node.text;
      return;
    case Action::print:
      text += shown_value(require(dot, node.path), node.path);
      return;
    case Action::json:
      text += print_json(require(dot, node.path));
      return;
    case Action::length:
      text += std::to_string(length(require(dot, node.path), node.path));
      return;
    case Action::branch:
      render_nodes(is_true(find(dot, node.path)) ? node.body : node.otherwise, dot, text);
      return;
    case Action::range:
      break;
  }
  const Json& list = require(dot, node.path);
  if (!list.is_array() && !list.is_null()) {
    refuse(fmt::format("{} is no list but {}", dotted_path(node.path), list.type_name()), "");
  }
  for (const Json& element : list) render_nodes(node.body, element, text);
  if (list.empty()) render_nodes(node.otherwise, dot, text);
}

// A heading has the last part of each name in place of its value.
void TextTemplate::head_nodes(const Nodes& nodes, std::string& text) {
  for (const Node& node : nodes) {
    text += node.text;
    const bool is_value = node.action == Action::print || node.action == Action::json ||
                          node.action == Action::length;
    if (is_value) text += upper_case(node.path.empty() ? "value" : node.path.back());
    head_nodes(node.body, text);
  }
}

std::string TextTemplate::table(const Json& document, std::string_view rows) const {
  std::string heading;
  head_nodes(nodes_, heading);
  std::vector<Column> columns;
  for (const std::string_view title : split(heading, "\t")) columns.push_back({std::string(title)});
  const std::size_t count = columns.size();
  Table table(std::move(columns));
  const auto add = [&](const Json& row) {
    std::string line;
    render_nodes(nodes_, row, line);
    std::vector<std::string> cells;
    for (const std::string_view cell : split(line, "\t")) cells.emplace_back(cell);
    const bool is_row = cells.size() == count && line.find('\n') == std::string::npos;
    if (!is_row) refuse("a row of a table is one line with as many \\t as its heading", "");
    table.add(std::move(cells));
  };
  if (rows.empty()) {
    add(document);
  } else {
    for (const Json& row : document.at(std::string(rows))) add(row);
  }
  return table.text();
}

std::string TextTemplate::render(const Json& document, std::string_view rows) const {
  if (is_table_) return table(document, rows);
  std::string text;
  render_nodes(nodes_, document, text);
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

}  // namespace imgops::cli
