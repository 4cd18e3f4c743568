// Reading and writing JSON so that unknown fields, key order and big numbers survive.
// Private to the library and the program: not installed.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Made once, in json.cpp: every file that touches a document would make it again.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace imgops {

using Json = nlohmann::ordered_json;  // keys keep the order of the document

// Memory grows with values, some hundred bytes each; the largest sound index has a third of this.
inline constexpr std::size_t json_values_limit = 600'000;

// Strict: one document, no byte order mark, nothing after it, no key twice in one object (also not
// in another case), nesting at most 64, integers within 64 bits, at most so many values. Throws
// Error(corrupt), JSON-KEYS where keys are the reason, with `subject` in front. Time is linear.
// Source: semantics J10; docs/security.md, T17, T25, T27.
Json parse_json(std::string_view text, std::string_view subject);

// Compact, keys in their order; bytes that are not UTF-8 become replacement characters.
std::string print_json(const Json& value);

// Fields with their place in the error message. `subject` is like "manifest sha256:ab…".
// `find` returns null when the key is absent or null; the rest throw Error(corrupt).
const Json* find_field(const Json& object, std::string_view key);
const Json& field(const Json& object, std::string_view key, std::string_view subject);
std::string string_field(const Json& object, std::string_view key, std::string_view subject);
std::optional<std::string> find_string(const Json& object, std::string_view key,
                                       std::string_view subject);
// Never negative and never fractional: SIZE otherwise (J05).
std::uint64_t size_field(const Json& object, std::string_view key, std::string_view subject);
const Json& array_field(const Json& object, std::string_view key, std::string_view subject);
// Throws unless `value` is an object.
const Json& require_object(const Json& value, std::string_view subject);

}  // namespace imgops
