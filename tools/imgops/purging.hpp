// Purging ref by ref, who else has the purged layers, and what in the layout still holds them.
// Source: command-line §8.6; docs/security.md T24.
#pragma once

#include "libimgops/ops/purge.hpp"
#include "tools/imgops/rewriting.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace imgops::cli {

using TextMask = std::function<std::string(const std::string&)>;
// What --history-redact says: every match becomes "<redacted>". Null when it was not given. Throws
// Error(invalid_argument) for a bad expression.
TextMask history_mask(const Options& options);

// One ref before and after.
struct PurgedRef {
  std::string name;
  Descriptor root;
  std::vector<PlatformOutcome> outcomes;
  std::vector<PurgeResult> results;  // of the same platforms
  bool is_masked = false;            // some text of some history
};
// `place` is where it lives. An image whose base was rewritten says no longer that it stands on it.
PurgedRef purge_ref(Context& context, Place& place, ResultWriter& writer, std::string name,
                    const Descriptor& root, const std::vector<PlatformImage>& platforms,
                    const PurgedPaths& paths, const TextMask& mask);
bool has_hit(const PurgedRef& ref);
// DiffIds of the layers that were written anew.
std::set<DiffId> purged_layers(const PurgedRef& ref);

// The names of `place`, but for `moving` ones, that have one of these layers. What cannot be read
// is told and left out.
std::vector<NamedDescriptor> sharing_refs(Context& context, const Place& place,
                                          std::span<const std::string> moving,
                                          const std::set<DiffId>& layers);

// Warns of every file in the results that has the bytes of a purged one.
Json tell_still_held(Context& context, ResultWriter& writer, const std::vector<PurgedRef>& refs);

// What the layout of `writer` still reaches the replaced blobs by, after names moved: "app:1@{1}",
// "other:1", the digest of a manifest without a name; or, when nothing does, the blobs that wait
// for `gc`.
struct Holder {
  std::string kind;  // "ref", "past", "unnamed" or "blob"
  std::string name;
};
std::vector<Holder> holders(Context& context, const ResultWriter& writer,
                            const std::vector<PurgedRef>& refs);
void tell_holders(Context& context, const std::vector<Holder>& holders);

}  // namespace imgops::cli
