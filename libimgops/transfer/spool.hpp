// Input as the user names it (a file, a pipe, "-"), made readable at any position, and its tar with
// the packing around it taken off. What must be kept for that lies in a file without a name, which
// ends with its reader. Source: semantics A04, A09.
#pragma once

#include "libimgops/base/file.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stop_token>

namespace imgops {

// Bytes kept in a file without a name in a directory, as long as this lives; what was written can
// be read at any position. Reading is thread-safe while nobody writes.
class Spool final : public Sink, public RandomAccess {
 public:
  explicit Spool(const std::filesystem::path& directory);
  ~Spool() override;
  void write(ByteView bytes) override;
  std::uint64_t size_bytes() const override;
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override;

 private:
  std::unique_ptr<NewFile> file_;
};

// The bytes of `file` as they are. A regular file is read in place; "-" (standard input), pipes and
// devices are copied into `spool_directory` first. Throws Error(not_found) when there is no such
// file, Error(invalid_argument) for a directory, Error(input_output); Error(cancelled) while it
// waits for input.
std::shared_ptr<const RandomAccess> open_input(const std::filesystem::path& file,
                                               const std::filesystem::path& spool_directory,
                                               Observer& observer,
                                               const std::stop_token& stop = {});

// How a whole file is packed: `other` is what libarchive unpacks and no layer may be (xz, bzip2,
// lzip, lz4, compress).
enum class Packing : std::uint8_t { none, gzip, zstd, other };
Packing detect_packing(const RandomAccess& file);

// The unpacked bytes of `file`, in order. Throws Error(corrupt) while reading when the packing is
// damaged.
std::unique_ptr<Source> open_unpacked(std::shared_ptr<const RandomAccess> file);

// The unpacked bytes at any position: `file` itself when it is not packed, else a copy of them in
// `spool_directory`. Throws Error(corrupt) when they are more than `most_bytes`.
std::shared_ptr<const RandomAccess> unpack(
    std::shared_ptr<const RandomAccess> file, const std::filesystem::path& spool_directory,
    Observer& observer, std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max());

}  // namespace imgops
