// Members of an archive, one after the other, as the tar reader of container runtimes sees them.
// Reads as Go's archive/tar does, because that is what runtimes use, and rejects what runtimes
// refuse or read differently at their users' cost (semantics N, M, S02–S05). Every member keeps its
// place in the archive, so that an unchanged one can be copied byte for byte (W10).
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/tar/entry.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace imgops {

enum class MemberKind : std::uint8_t { file, hard_link };

// A run of data inside a sparse file; holes between runs are zeros.
struct SparseRun {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
};

struct Member {
  MemberKind kind = MemberKind::file;
  std::string stored_name;         // as stored, pax and GNU names applied
  std::string path;                // canonical; "" is the root
  std::string link_path;           // of hard links: canonical
  FileAttributes attributes;       // of hard links: what their own header says; type is regular
  std::uint64_t offset_bytes = 0;  // of the member's first block, extension headers included
  std::uint64_t body_offset_bytes = 0;  // of its data
  std::uint64_t size_bytes = 0;         // of the file, holes of sparse files included
  std::uint64_t stored_bytes = 0;       // of its data in the archive, without padding
  std::vector<SparseRun> sparse;        // not empty: a sparse file (M20), by offset
  // Whether the writer may copy the member as it is: canonical names, no global header in effect,
  // nothing that W08 forbids, no number out of range (W10).
  bool verbatim = false;
};

// Pull: next(), then body() until it is empty, then next() … Not thread-safe.
class TarReader {
 public:
  // `source` gives the uncompressed archive. Notes and warnings of the rows above go to
  // `observer`, with `path` filled in and no layer.
  TarReader(Source& source, Observer& observer);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // Null at the end of the archive, else the next member, valid until the next call; what is left
  // of the last body is skipped. Throws Error(corrupt) with its diagnostic. The source has then
  // been read to its very end, whatever follows the archive (S04).
  const Member* next();

  // The next piece of the body as stored (runs of sparse files one after the other, after the map
  // of form 1.0), empty at its end; valid until the next call.
  ByteView body();

  // Bytes of archive consumed so far: after next() returned null, all of them.
  std::uint64_t position_bytes() const noexcept;

  // The raw bytes of the headers of the member last returned: [offset, body_offset).
  ByteView header() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imgops
