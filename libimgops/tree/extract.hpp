// Part of a tree to a directory of this machine, never outside it. Source: security §3, T01–T11.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string_view>

namespace imgops {

struct ExtractResult {
  std::uint64_t files = 0;  // names made that are no directories
  std::uint64_t bytes = 0;  // of contents; a file of several names counts once
  // What could not be kept, for a word to the user: not running as root, or the file system cannot.
  std::uint64_t owners_left_out = 0;   // files that are ours instead, without setuid and setgid
  std::uint64_t devices_left_out = 0;  // not made
  std::uint64_t xattrs_left_out = 0;   // single attributes
};

// `path` (a node) becomes `destination`/`name`, one component; a directory brings all below it, and
// is merged into one that is there: directories stay, anything else of the same name is replaced.
// `destination` is a directory that exists; every name is opened below its descriptor and symlinks
// found there resolve inside it. What did not exist before appears whole or not at all. Owners,
// devices and privileged xattrs are set when running as root, else left out and counted. Throws
// Error(conflict) when the destination leads out or changes underfoot, when a directory is in the
// way of a file, and for names too long (N09); Error(not_found) without node or destination;
// Error(corrupt) and Error(input_output) otherwise; Error(cancelled) between two pieces of a file.
// What was written so far is removed again.
ExtractResult extract(const Tree& tree, std::string_view path, ContentReader& contents,
                      const std::filesystem::path& destination, std::string_view name,
                      Observer& observer, const std::stop_token& stop = {});

}  // namespace imgops
