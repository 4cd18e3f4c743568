// Answers for programs: --json is one document, --format jsonl one object a row, --format TEMPLATE
// what the user makes of them. Keys: docs/schemas; first `schema`, bytes as integers, digests in
// full.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/image/descriptor.hpp"
#include "libimgops/repository/revision.hpp"
#include "tools/imgops/context.hpp"

#include <string_view>

namespace imgops::cli {

// Prints `body` as schema "imgops/NAME/1". `rows` is the key of the array whose elements are the
// rows of jsonl; empty when the document is one row.
void print_document(Context& context, std::string_view name, const Json& body,
                    std::string_view rows = {});

// `object[key]` = path with "/" in front; what is not UTF-8 also as base64 under key + "Bytes".
void put_path(Json& object, std::string_view key, std::string_view path);
void put_bytes(Json& object, std::string_view key, std::string_view bytes);

// Where a finding is: `layer` with its index and digest, `path`; as far as it is known.
void put_place(Json& object, const Diagnostic& diagnostic);

// A path as people write it: absolute, printable.
std::string shown_path(std::string_view path);
// Sizes as --human says.
std::string shown_size(const Context& context, std::uint64_t bytes);
// Tables shorten only on a terminal.
std::optional<std::size_t> table_width(const Context& context);
// `text` in a colour, where there are colours.
enum class Colour : std::uint8_t { green, yellow, red, dim };
std::string coloured(const Context& context, Colour colour, std::string_view text);
// A sign, or its replacement where the locale is not UTF-8.
std::string_view sign(const Context& context, std::string_view unicode, std::string_view ascii);

}  // namespace imgops::cli
