// What manifests, indexes, configurations and descriptors are checked for alike, so that no two
// readers see two things in one document. Private to the room. Source: semantics J10–J13.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/image/media_type.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// Rejects with JSON-KEYS a key of `object` that is one of `keys` but for the case of its letters:
// readers that fold case see it, others do not (J10, T17).
void check_spelling(const Json& object, std::initializer_list<std::string_view> keys,
                    std::string_view subject);

// Rejects with DOC-AMBIGUOUS a document that has one of `keys` in any case of letters: they belong
// to documents of another kind (J11, CVE-2021-41190).
void check_unambiguous(const Json& document, std::initializer_list<std::string_view> keys,
                       std::string_view subject);

// Throws Error(unsupported) for a schema that is not version 2.
void check_schema_version(const Json& document, std::string_view subject);

// The embedded media type, else the expected one, else nullopt. Rejects with DOC-TYPE when the two
// differ or are not of `kind` (J12); throws Error(unsupported) for types unknown to us.
std::optional<MediaType> media_type_of(const Json& document, MediaKind kind,
                                       std::optional<std::string_view> expected,
                                       std::string_view subject);

// Throws Error(corrupt) unless "annotations" of `holder` is absent or maps names to text, and with
// DIGEST-FORM where an annotation that is known to hold a digest does not (J13, T16).
void check_annotations(const Json& holder, std::string_view subject);

// The text of an annotation of a checked holder, or nullopt.
std::optional<std::string> find_annotation(const Json& holder, std::string_view key);
// Sets or, with nullopt, removes an annotation; the last one removed takes the object with it.
void set_annotation(Json& holder, std::string_view key, std::optional<std::string> value);

// The array `key`, which must be there but may be null, as some writers spell an empty one.
const Json& list_field(const Json& object, std::string_view key, std::string_view subject);

}  // namespace imgops
