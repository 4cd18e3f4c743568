#include "libimgops/image/document.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/digest.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace imgops {
namespace {

char to_lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                              : character;
}

bool equal_but_for_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

std::string with_subject(std::string_view subject, std::string_view what) {
  return std::string(subject).append(": ").append(what);
}

Error wrong_type(std::string_view subject, std::string_view text, std::string_view what) {
  return Error(reject(
      DiagnosticCode::doc_type, "J12",
      with_subject(subject, "media type \"" + printable(text) + "\" is not " + std::string(what))));
}

std::string_view name(MediaKind kind) {
  switch (kind) {
    case MediaKind::index:
      return "that of an index";
    case MediaKind::manifest:
      return "that of a manifest";
    case MediaKind::configuration:
      return "that of a configuration";
    case MediaKind::layer:
      return "that of a layer";
  }
  return "";
}

constexpr std::array<std::string_view, 4> digest_annotations{
    "org.opencontainers.image.base.digest", "vnd.docker.reference.digest",
    "containerd.io/snapshot/stargz/toc.digest",
    "io.github.containers.zstd-chunked.manifest-checksum"};

}  // namespace

void check_spelling(const Json& object, std::initializer_list<std::string_view> keys,
                    std::string_view subject) {
  for (const auto& [key, value] : object.items()) {
    for (const std::string_view expected : keys) {
      if (key == expected || !equal_but_for_case(key, expected)) continue;
      throw Error(reject(DiagnosticCode::json_keys, "J10",
                         with_subject(subject, "key \"" + printable(key) + "\" differs from \"" +
                                                   std::string(expected) + "\" in case only")));
    }
  }
}

void check_unambiguous(const Json& document, std::initializer_list<std::string_view> keys,
                       std::string_view subject) {
  for (const auto& [key, value] : document.items()) {
    for (const std::string_view foreign : keys) {
      if (!equal_but_for_case(key, foreign)) continue;
      throw Error(reject(
          DiagnosticCode::doc_ambiguous, "J11",
          with_subject(subject, "key \"" + printable(key) + "\" makes it two kinds of document")));
    }
  }
}

void check_schema_version(const Json& document, std::string_view subject) {
  const Json* const version = find_field(document, "schemaVersion");
  if (version == nullptr) return;  // written by no tool, refused by few
  if (!version->is_number_unsigned()) {
    throw Error(ErrorKind::corrupt, with_subject(subject, "\"schemaVersion\" is not a version"));
  }
  if (*version != 2) {
    throw Error(
        ErrorKind::unsupported,
        with_subject(subject, "schema version " + std::to_string(version->get<std::uint64_t>()) +
                                  " is not supported"));
  }
}

std::optional<MediaType> media_type_of(const Json& document, MediaKind kind,
                                       std::optional<std::string_view> expected,
                                       std::string_view subject) {
  const std::optional<std::string> embedded = find_string(document, "mediaType", subject);
  if (embedded && expected && *embedded != *expected) {
    throw wrong_type(subject, *embedded, "the \"" + printable(*expected) + "\" it was listed as");
  }
  if (!embedded && !expected) return std::nullopt;
  const std::string text(embedded ? std::string_view(*embedded) : *expected);
  const std::optional<MediaType> type = parse_media_type(text);
  if (!type) {
    throw Error(ErrorKind::unsupported,
                with_subject(subject, "unknown media type \"" + printable(text) + "\""));
  }
  if (type->kind != kind) throw wrong_type(subject, text, name(kind));
  return type;
}

void check_annotations(const Json& holder, std::string_view subject) {
  const Json* const annotations = find_field(holder, "annotations");
  if (annotations == nullptr) return;
  const std::string place = with_subject(subject, "annotations");
  require_object(*annotations, place);
  for (const auto& [key, value] : annotations->items()) {
    if (!value.is_string()) {
      throw Error(ErrorKind::corrupt,
                  with_subject(place, "\"" + printable(key) + "\" is not a string"));
    }
    const auto& text = value.get_ref<const std::string&>();
    // Builders leave base.digest empty for images from scratch.
    const bool holds_digest =
        std::ranges::find(digest_annotations, key) != digest_annotations.end();
    if (holds_digest && !text.empty()) Digest::parse(text, place + ": " + printable(key));
  }
}

std::optional<std::string> find_annotation(const Json& holder, std::string_view key) {
  const Json* const annotations = find_field(holder, "annotations");
  if (annotations == nullptr) return std::nullopt;
  return find_string(*annotations, key, "annotations");
}

void set_annotation(Json& holder, std::string_view key, std::optional<std::string> value) {
  const std::string name(key);
  const bool present = find_field(holder, "annotations") != nullptr;
  if (value) {
    if (!present) holder["annotations"] = Json::object();
    holder["annotations"][name] = *std::move(value);
  } else if (present && holder["annotations"].erase(name) > 0 && holder["annotations"].empty()) {
    holder.erase("annotations");
  }
}

const Json& list_field(const Json& object, std::string_view key, std::string_view subject) {
  static const Json none = Json::array();
  const auto position = object.find(std::string(key));
  if (position != object.end() && position->is_null()) return none;
  return array_field(object, key, subject);
}

}  // namespace imgops
