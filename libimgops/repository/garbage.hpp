// The collector of garbage: blobs that nothing needs, the expired past, and what killed programs
// left behind. Safe beside any number of writers (docs/decisions/0011-leases.md).
#pragma once

#include "libimgops/repository/repository.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class GarbageKind : std::uint8_t {
  blob,
  log,       // expired lines of one name's log
  record,    // an expired transaction of the journal
  cache,     // indexes of a layer that is gone
  leftover,  // what a killed program had not finished
};
std::string_view name(GarbageKind kind) noexcept;

struct Garbage {
  GarbageKind kind{};
  std::string what;  // a digest, the name whose log it is, or a path in the layout
  std::string why;
  // What comes free with it: nothing while the file has other names. Of clones it counts all,
  // though the bytes they share stay.
  std::uint64_t size_bytes = 0;
};

enum class Disposal : std::uint8_t { list, remove };

struct GarbageOptions {
  // Blobs changed since are left alone, for programs that write without telling us.
  std::chrono::seconds grace = std::chrono::hours(1);
  // What the past keeps; nullopt: all of it, for ever.
  std::optional<std::chrono::seconds> reflog_expire = std::chrono::hours(24 * 30);
  Disposal disposal = Disposal::remove;
};

struct GarbageReport {
  std::vector<Garbage> removed;  // the past first, blobs last: the order of removal
  // Blobs that nothing leads to and that stay, being young or some writer's.
  std::uint64_t spared_count = 0;
  std::uint64_t spared_bytes = 0;
};

// Needed is what names, unnamed entries of index.json, unexpired lines of logs and records of the
// journal lead to, and what refers to any of that by `subject`. Removing, it holds the lock of the
// names, for some seconds at a time. Throws Error(corrupt) before anything is removed when a
// document, a log or a record cannot be read, since what it needs is then unknown; Error(conflict)
// when `.imgops` is another user's, or index.json keeps changing; Error(input_output);
// Error(cancelled). Killed or failed at any moment, nothing needed is gone; the rest goes the next
// time.
GarbageReport collect_garbage(Repository& repository, const GarbageOptions& options, Timestamp now,
                              const std::stop_token& stop = {});

}  // namespace imgops
