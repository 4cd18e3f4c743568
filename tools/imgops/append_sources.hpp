// What `append` is given, as layers to lay over an image: archives, directories, files.
#pragma once

#include "libimgops/layer/host_scan.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "tools/imgops/write_result.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops::cli {

// TAR, DIR, DIR:/DEST or FILE:/DEST; a DEST that ends in a slash is the directory to put it into.
struct AppendSource {
  std::string file;                        // on this machine
  std::optional<std::string> destination;  // canonical; absent: none was given
};
AppendSource parse_append_source(const std::string& word);

// --chown U:G and --mode M. Throws Error(invalid_argument).
HostScanOptions scan_options(const Options& options, const Environment& environment);

// A file of the user's; pipes are kept on disk.
std::shared_ptr<const RandomAccess> open_user_bytes(Context& context, const std::string& path);
// The same where a layer may be packed so, else unpacked on disk. Throws Error(corrupt) when that
// is more than `most_bytes`.
std::shared_ptr<const RandomAccess> unpacked_for_layers(
    Context& context, const std::shared_ptr<const RandomAccess>& file,
    std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max());
// An archive of the user's, packed in any way that is read, offered to the writer's cache.
std::shared_ptr<const LayerIndex> open_archive(Context& context, ResultWriter& writer,
                                               std::shared_ptr<const RandomAccess> file,
                                               const std::string& name);

// Throws Error(not_found), Error(invalid_argument) for a file that is no archive and has no DEST.
std::shared_ptr<const LayerIndex> open_append_source(Context& context, ResultWriter& writer,
                                                     const AppendSource& source,
                                                     const HostScanOptions& options);

}  // namespace imgops::cli
