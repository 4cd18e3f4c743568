#include "libimgops/repository/revision_place.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/repository/closed_units.hpp"
#include "libimgops/repository/revision_suffix.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace imgops {
namespace {

struct KnownTransport {
  std::string_view prefix;
  Transport transport;
};
constexpr std::array known_transports = {
    KnownTransport{"ocidir://", Transport::oci},
    KnownTransport{"oci-layout://", Transport::oci},
    KnownTransport{"oci:", Transport::oci},
    KnownTransport{"oci-archive:", Transport::oci_archive},
    KnownTransport{"docker-archive:", Transport::docker_archive},
};
// Of other tools and of later days; as refs they could only be foreign.
constexpr std::array<std::string_view, 3> other_transports = {
    "docker-daemon:", "containers-storage:", "dir:"};

[[noreturn]] void fail(std::string_view text, const std::string& what,
                       const std::string& hint = {}) {
  throw Error(ErrorKind::invalid_argument, "\"" + printable(text) + "\": " + what, hint);
}

// "docker" of "docker://host/app"; empty when the word does not begin so.
std::string_view scheme_of(std::string_view word) {
  const std::size_t end = word.find("://");
  if (end == std::string_view::npos) return {};
  const std::string_view scheme = word.substr(0, end);
  const bool plain = std::ranges::all_of(scheme, [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '-' || character == '+' || character == '.';
  });
  return plain ? scheme : std::string_view();
}

bool holds_layout(std::string_view path) {
  std::error_code error;
  return !path.empty() && path.find('\0') == std::string_view::npos &&
         std::filesystem::is_regular_file(std::filesystem::path(path) / "oci-layout", error);
}

// "…/layout@sha256" and hexadecimal digits behind the colon: a digest, not a path and a ref.
std::size_t digest_in_place(const ClosedUnits& word, std::size_t begin, std::size_t colon) {
  const std::string_view path = word.text().substr(begin, colon - begin);
  const std::size_t at = path.rfind('@');
  if (at == std::string_view::npos) return std::string_view::npos;
  const std::string_view algorithm = path.substr(at + 1);
  if (algorithm != "sha256" && algorithm != "sha512") return std::string_view::npos;
  const std::size_t end = std::min(word.find_suffix(colon + 1), word.text().size());
  const bool is_digest = is_digest_prefix(word.text().substr(colon + 1, end - colon - 1));
  return is_digest ? begin + at : std::string_view::npos;
}

// Where PATH ends and where what follows begins.
struct PathEnd {
  std::size_t end;
  std::size_t rest;
};
PathEnd find_path_end(const ClosedUnits& word, std::size_t begin) {
  const std::size_t colon = word.find(":", begin);
  if (colon != std::string_view::npos) {
    const std::size_t digest = digest_in_place(word, begin, colon);
    if (digest != std::string_view::npos) return {digest, digest};
    return {colon, colon + 1};
  }
  // No ref: suffixes may stand right behind the path. A path that ends like one is written with a
  // slash or a colon behind it.
  for (std::size_t at = word.find_suffix(begin); at != std::string_view::npos;
       at = word.find_suffix(at + 1)) {
    if (is_suffix_chain(word, at)) return {at, at};
  }
  return {word.text().size(), word.text().size()};
}

bool is_number_in_index(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 3 && std::ranges::all_of(text, [](char character) {
    return character >= '0' && character <= '9';
  });
}

// The name as Revision keeps it.
std::string parse_identifier(std::string_view name, const RevisionPlace& place,
                             std::string_view text) {
  const std::string_view identifier = name.substr(1);
  const bool has_place = place.transport != Transport::selected_layout;
  if (has_place && is_number_in_index(identifier)) return "@@" + std::string(identifier);
  const bool has_algorithm = identifier.starts_with("sha256:") || identifier.starts_with("sha512:");
  if (is_digest_prefix(has_algorithm ? identifier.substr(7) : identifier)) {
    return std::string(name);
  }
  fail(text, "\"" + printable(name) + "\" needs four hexadecimal digits or more");
}

std::string parse_name(std::string_view name, const RevisionPlace& place,
                       std::span<const std::string> known_names, std::string_view text) {
  if (name.starts_with('@')) return parse_identifier(name, place, text);
  // What archives and other layouts call their images is for them to say.
  if (place.transport != Transport::selected_layout) return std::string(name);
  if (name.empty()) fail(text, "names no image");
  if (is_known(known_names, name) || is_reference_name(name)) return std::string(name);
  fail(text, "\"" + printable(name) + "\" is no name of an image",
       "letters and digits, joined by one of - . _ : @ + /; or oci:PATH:NAME");
}

// Only refs of a layout are written about in logs.
void require_past(const Revision& revision, std::string_view text) {
  const bool is_layout =
      revision.transport == Transport::selected_layout || revision.transport == Transport::oci;
  if (!is_layout) fail(text, "names in archives have no past");
  const bool is_scratch =
      revision.transport == Transport::selected_layout && revision.name == "scratch";
  if (revision.name.empty() || revision.name.starts_with('@') || is_scratch) {
    fail(text, "@{N} must stand right behind a ref: only names have a past");
  }
}

}  // namespace

bool is_known(std::span<const std::string> known_names, std::string_view word) {
  return std::ranges::find(known_names, word) != known_names.end();
}

TransportPrefix transport_prefix(std::string_view word) {
  for (const KnownTransport& known : known_transports) {
    if (word.starts_with(known.prefix)) return {known.transport, known.prefix.size()};
  }
  const bool is_other =
      !scheme_of(word).empty() || std::ranges::any_of(other_transports, [&](const auto& prefix) {
        return word.starts_with(prefix);
      });
  if (!is_other) return {};
  fail(word, "images there cannot be reached",
       "transports: oci:PATH[:REF], oci-archive:FILE[:REF], docker-archive:FILE[:REF]");
}

std::optional<PlacedWord> split_place(std::string_view word,
                                      std::span<const std::string> known_names) {
  const TransportPrefix prefix = transport_prefix(word);
  const ClosedUnits units(word);
  Transport transport = prefix.transport;
  if (prefix.length == 0) {
    const std::size_t suffix = std::min(units.find_suffix(), word.size());
    if (is_known(known_names, word.substr(0, suffix))) return std::nullopt;
    const std::size_t end = std::min(units.find(":"), suffix);
    const std::string_view path = word.substr(0, end);
    const bool may_be_path = end < suffix || path.find('/') != std::string_view::npos;
    if (!may_be_path || !holds_layout(path)) return std::nullopt;
    transport = Transport::oci;
  }
  const PathEnd end = find_path_end(units, prefix.length);
  if (end.end == prefix.length) fail(word, "a path is missing");
  return PlacedWord{{transport, std::string(word.substr(prefix.length, end.end - prefix.length))},
                    std::string(word.substr(end.rest))};
}

Revision parse_within(const RevisionPlace& place, std::string_view rest,
                      std::span<const std::string> known_names, std::string_view text) {
  const ClosedUnits units(rest);
  const std::size_t suffix = std::min(units.find_suffix(), rest.size());
  Revision revision;
  revision.transport = place.transport;
  revision.place = place.path;
  revision.name = parse_name(rest.substr(0, suffix), place, known_names, text);
  revision.moves_ago = parse_moves_ago(units, suffix);
  const std::size_t behind = revision.moves_ago ? units.end_of_unit(suffix) : suffix;
  if (revision.moves_ago) require_past(revision, text);
  revision.suffixes = parse_suffixes(units, behind);
  revision.text = std::string(text);
  return revision;
}

}  // namespace imgops
