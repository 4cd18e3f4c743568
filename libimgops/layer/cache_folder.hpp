// The files of one layer, or of the layout as a whole, in the cache on disk: found only when they
// are this user's, believed only when sealed with this user's key. Source: security T32;
// architecture §7.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// What a seal is for, beside the bytes: a file of another layer, blob or kind is never taken for
// it.
struct SealSubject {
  std::string_view kind;  // "entries", "checkpoints", "stacks" or that of a note
  std::string blob;       // names the blob, or the stack of a note, or empty
};

// Thread-safe. `location` must outlive it.
class CacheFolder {
 public:
  CacheFolder(const CacheLocation& location, const DiffId& layer);
  // Of no layer: beside the folders of layers.
  explicit CacheFolder(const CacheLocation& location);

  // Null unless it is there, a regular file, and owned by this user.
  std::unique_ptr<RandomAccess> find(std::string_view name) const;
  // A file to be filled and given to publish(); makes the directories. Throws Error(input_output),
  // also when a directory is a link or somebody else's.
  std::unique_ptr<NewFile> create() const;
  // Gives a file its name, in place of what has it.
  void publish(const NewFile& file, std::string_view name) const;

  // Ends `file` with the block that `write_block` writes, in any pieces, and its seal: a block need
  // not be in memory.
  void write_sealed(NewFile& file, const std::function<void(Sink& block)>& write_block,
                    const SealSubject& subject) const;
  // The same of a block that is.
  void write_sealed(NewFile& file, std::string_view block, const SealSubject& subject) const;
  // The block that `file` ends with; nullopt when it is cut, changed, of another version or sealed
  // with another key. Memory is taken only for what was proven.
  std::optional<std::string> read_sealed(const RandomAccess& file,
                                         const SealSubject& subject) const;

 private:
  using Seal = std::array<std::byte, 32>;
  Seal seal(const SealSubject& subject, const Digest& block) const;

  const CacheLocation& location_;
  std::optional<DiffId> layer_;
  std::filesystem::path directory_;
};

}  // namespace imgops
