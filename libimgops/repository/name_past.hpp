// What a name pointed to before: NAME@{N}, and the rows of `reflog`.
// Source: command-line §§3, 9; docs/repository.md.
#pragma once

#include "libimgops/repository/name_log.hpp"
#include "libimgops/repository/repository.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace imgops {

// A move of a name: one of its log, or one that another program made and only shows as a gap: the
// log says the name was left at one place and found at another.
struct NameMove {
  std::optional<Digest> old_digest;
  std::optional<Digest> new_digest;  // nullopt: the name was removed
  std::string when;                  // RFC 3339; empty for another program's
  std::string command;               // empty for another program's
  std::uint64_t transaction = 0;     // 0 for another program's
};

// The moves of a name, newest first, the log read as they are asked for: after move number N from
// the front the name was NAME@{N}. A name that was there before its log began has one move more,
// the one that made it. Not thread-safe.
class NamePast {
 public:
  // `now` is what the name points to; nullopt when it does not exist.
  NamePast(const Repository& repository, std::string_view name, std::optional<Digest> now);
  // Nullopt before the first. Throws Error(corrupt) for a log that cannot be read.
  std::optional<NameMove> next();

 private:
  std::optional<LogBackwards> log_;    // nothing when `.imgops` is not to be believed (T32)
  std::optional<Digest> expected_;     // what the next move must have led to
  std::optional<LogEntry> log_entry_;  // read and not given yet
};

// The entry of index.json that `name` had `moves_ago` moves ago, as it was listed where the journal
// tells, otherwise made anew from what the blob says of itself; 0 is the one in `index`. Throws
// Error(not_found) saying how many moves there are, that the name did not exist then, or that its
// blob is gone.
Descriptor find_past_entry(const Repository& repository, const Index& index, std::string_view name,
                           std::uint64_t moves_ago);

// A descriptor of the manifest or index `digest`, from its own text. Throws Error(not_found) when
// it is gone, Error(corrupt), Error(unsupported) when it is neither.
Descriptor describe_root(const BlobSource& blobs, const Digest& digest, std::string_view subject);

}  // namespace imgops
