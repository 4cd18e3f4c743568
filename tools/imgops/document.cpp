#include "tools/imgops/document.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/json_text.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <string>

#include <unistd.h>

namespace imgops::cli {
namespace {

Json with_schema(std::string_view name, const Json& body) {
  Json document = Json::object();
  document["schema"] = fmt::format("imgops/{}/1", name);
  document.update(body);
  return document;
}

}  // namespace

void print_document(Context& context, std::string_view name, const Json& body,
                    std::string_view rows) {
  Output& output = context.output();
  if (const auto& form = context.globals().form) {
    output.text(form->render(with_schema(name, body), rows));
    return;
  }
  if (context.globals().format == Format::json) {
    output.text(indented_json(with_schema(name, body)));
    output.text("\n");
    return;
  }
  if (rows.empty()) {
    output.text(printable_json(print_json(with_schema(name, body))) + "\n");
    return;
  }
  for (const Json& row : body.at(std::string(rows))) {
    output.text(printable_json(print_json(with_schema(name, row))) + "\n");
  }
}

void put_bytes(Json& object, std::string_view key, std::string_view bytes) {
  object[std::string(key)] = bytes;  // replaced where it is not UTF-8 when printed
  if (!is_utf8(bytes)) object[std::string(key) + "Bytes"] = to_base64(bytes);
}

void put_path(Json& object, std::string_view key, std::string_view path) {
  put_bytes(object, key, "/" + std::string(path));
}

void put_place(Json& object, const Diagnostic& diagnostic) {
  if (diagnostic.layer_index || !diagnostic.layer.empty()) {
    Json layer = Json::object();
    if (diagnostic.layer_index) layer["index"] = *diagnostic.layer_index;
    if (!diagnostic.layer.empty()) layer["digest"] = diagnostic.layer;
    object["layer"] = layer;
  }
  if (!diagnostic.path.empty()) put_bytes(object, "path", diagnostic.path);
}

std::string shown_path(std::string_view path) {
  return "/" + printable(path);
}

std::string shown_size(const Context& context, std::uint64_t bytes) {
  return context.globals().human_sizes ? human_size(bytes) : std::to_string(bytes);
}

std::optional<std::size_t> table_width(const Context& context) {
  if (!context.globals().may_shorten || !context.environment().output_is_terminal)
    return std::nullopt;
  return terminal_width(STDOUT_FILENO);
}

std::string coloured(const Context& context, Colour colour, std::string_view text) {
  if (!context.globals().colours) return std::string(text);
  const auto code = [colour] {
    switch (colour) {
      case Colour::green:
        return 32;
      case Colour::yellow:
        return 33;
      case Colour::red:
        return 31;
      case Colour::dim:
        return 2;
    }
    return 0;
  }();
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string_view sign(const Context& context, std::string_view unicode, std::string_view ascii) {
  return context.environment().unicode ? unicode : ascii;
}

}  // namespace imgops::cli
