// Files of this machine as entries of a layer, for append and import. Nothing is followed.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

struct HostScanOptions {
  // Owner for everything; absent: as on disk.
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::uint16_t> mode;         // for a single file, and for the files of a directory
  std::optional<std::int64_t> latest_mtime;  // SOURCE_DATE_EPOCH: later times are clamped to it
};

// What is inside `directory` (not the directory itself), below `destination`, a canonical path or
// "". By path, hard links between the files kept, xattrs as a view keeps them (M05–M07), sockets
// left out with SOCKET (M17). Names that begin with ".wh." throw Error(conflict). Contents are read
// when the layer is written; a file that changed its size meanwhile throws there.
std::shared_ptr<const LayerIndex> scan_directory(const std::filesystem::path& directory,
                                                 std::string_view destination,
                                                 const HostScanOptions& options,
                                                 Observer& observer);
// One file, link or device, under `destination`, a canonical path.
std::shared_ptr<const LayerIndex> scan_file(const std::filesystem::path& file,
                                            std::string_view destination,
                                            const HostScanOptions& options, Observer& observer);

}  // namespace imgops
