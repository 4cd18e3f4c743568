// Refs as operands of commands that move or remove them: a name of a layout, nothing behind it.
#pragma once

#include "libimgops/base/json.hpp"
#include "tools/imgops/context.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

struct SelectedRef {
  Place* place = nullptr;  // a layout
  std::string name;        // it need not exist; empty for oci:DIR alone
};
// Throws Error(invalid_argument) for a word that is no ref: a digest, one with suffixes, an
// archive.
SelectedRef select_ref(Context& context, std::string_view word);

// What it points to; throws Error(not_found) with "did you mean".
Descriptor require_ref(const SelectedRef& ref);
std::optional<Digest> digest_now(const SelectedRef& ref);
// Whether it points or has pointed anywhere.
bool has_past(const SelectedRef& ref);

// "sha256:…", or null; and for people "-".
Json digest_json(const std::optional<Digest>& digest);
std::string digest_text(const std::optional<Digest>& digest);

// A time of a log for people: to the second.
std::string time_text(std::string_view when);

}  // namespace imgops::cli
