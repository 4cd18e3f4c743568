// The tar around an image: which names it has and where their bytes lie. Names in documents are
// looked up here and nowhere else, so none of them can lead out. Source: semantics A03–A06, A10,
// A11, A15; security T14.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace imgops {

// Calls `visit` for each member of the uncompressed archive, in order, until it says stop. Only
// headers are read. Offsets in `member` count from the start of `archive`. Throws Error(corrupt).
enum class Visit : std::uint8_t { go_on, stop };
void for_each_member(const std::shared_ptr<const RandomAccess>& archive, Observer& observer,
                     const std::function<Visit(const Member& member)>& visit);

// The bytes of one regular member. Two names of one file have one offset.
struct OuterFile {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
};

// Immutable once made; thread-safe.
class OuterArchive {
 public:
  // Throws Error(corrupt): OUTER-NAME, OUTER-DUPLICATE, TRUNCATED and what the tar reader rejects;
  // Error(unsupported) for sparse members.
  OuterArchive(std::shared_ptr<const RandomAccess> archive, Observer& observer);

  enum class Links : std::uint8_t {
    follow,  // one symlink, inside the archive, to a regular member (A03, A04)
    refuse   // BLOB-LINK (J15): a layout's files are files
  };
  // The regular member called `path` (canonical), hard links included (A05); null when absent.
  // Throws Error(corrupt) when it is anything else or a link leads elsewhere.
  const OuterFile* find(std::string_view path, Links links) const;
  // What the document `subject` calls `spelling`. Throws Error(corrupt): OUTER-NAME for names that
  // are absolute or hold "..", and when there is no such member.
  const OuterFile& open(std::string_view spelling, std::string_view subject) const;
  // Whether any member satisfies `predicate`, called with canonical paths.
  bool any_name(const std::function<bool(std::string_view path)>& predicate) const;

  std::unique_ptr<RandomAccess> bytes(const OuterFile& file) const;

 private:
  enum class Kind : std::uint8_t { file, symlink, directory, other };
  struct Name {
    Kind kind = Kind::other;
    OuterFile file;      // of files
    std::string target;  // of symlinks, as stored
  };
  void add(const Member& member);

  std::shared_ptr<const RandomAccess> archive_;
  std::map<std::string, Name, std::less<>> names_;
  std::size_t names_bytes_ = 0;
};

}  // namespace imgops
