#include "tools/imgops/ref_selection.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/timestamp.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/name_past.hpp"

#include <fmt/format.h>

namespace imgops::cli {

SelectedRef select_ref(Context& context, std::string_view word) {
  const Revision revision = parse_revision(word, context.known_names());
  const bool is_layout =
      revision.transport == Transport::selected_layout || revision.transport == Transport::oci;
  if (!is_layout || !revision.suffixes.empty() || revision.moves_ago) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("'{}' is no ref of a layout", printable(word)),
                "a name and nothing behind it: app:1, oci:DIR:app:1");
  }
  SelectedRef ref{&context.place(revision), revision.name};
  if (!digest_now(ref) && (ref.name.starts_with('@') || is_digest_name(ref.name))) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("'{}' is a digest and no ref", printable(word)));
  }
  return ref;
}

Descriptor require_ref(const SelectedRef& ref) {
  Revision revision;
  // "scratch" is the empty image only where it stands alone.
  revision.transport = Transport::oci;
  revision.name = ref.name;
  revision.text = ref.name;
  if (ref.name.empty()) throw Error(ErrorKind::invalid_argument, "missing REF");
  return resolve_root(ref.place->collection(), revision).descriptor;
}

std::optional<Digest> digest_now(const SelectedRef& ref) {
  const NamedDescriptor* const found = find_name(ref.place->names(), ref.name);
  if (found == nullptr) return std::nullopt;
  return found->descriptor.digest();
}

bool has_past(const SelectedRef& ref) {
  return NamePast(*ref.place->repository(), ref.name, digest_now(ref)).next().has_value();
}

Json digest_json(const std::optional<Digest>& digest) {
  return digest ? Json(digest->to_string()) : Json(nullptr);
}

std::string digest_text(const std::optional<Digest>& digest) {
  return digest ? digest->to_string() : "-";
}

std::string time_text(std::string_view when) {
  const auto time = parse_rfc3339(when);
  return time ? to_rfc3339({time->seconds, 0}) : printable(when);
}

}  // namespace imgops::cli
