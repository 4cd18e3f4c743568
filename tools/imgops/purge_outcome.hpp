// What `purge` prints and tells.
#pragma once

#include "tools/imgops/purging.hpp"

#include <vector>

namespace imgops::cli {

struct PurgeOutcome {
  std::vector<WrittenResult> results;    // of the refs, in their order
  std::vector<NamedDescriptor> sharing;  // refs left as they are that have a purged layer
  Json still_held = Json::array();       // tell_still_held()
  std::vector<Holder> holders;
};

// Writes what became of the refs, the first of them the image that was named.
std::vector<WrittenResult> write_purged(ResultWriter& writer, const std::vector<PurgedRef>& refs);

// REF OLD NEW on stdout, the rest on stderr; or the keys of command-line §7.3.
void print_purged(Context& context, const std::vector<PurgedRef>& refs,
                  const PurgeOutcome& outcome);

}  // namespace imgops::cli
