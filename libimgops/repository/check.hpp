// Is a layout what it says it is? Everything that can be wrong with it, found and named; what can
// be repaired without guessing, repaired. Source: security T19, T23, T32, T33; semantics J, S.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/base/timestamp.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/image/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class FaultKind : std::uint8_t {
  missing,      // a blob that something leads to is not there
  size,         // or has another size than its descriptor says
  digest,       // or other bytes
  diff_id,      // a layer's archive is not the one its image names
  document,     // a manifest, index or configuration that cannot be read, or is odd
  history,      // and layers do not fit together
  media_type,   // unknown, or of two families in one image
  name,         // twice in index.json, or outside the grammar of names
  entry,        // a layer's archive is damaged, or an entry of it odd or unsafe
  hidden,       // bytes that no reader shows: after an archive or a compressed stream
  dangling,     // nothing needs the blob
  leftover,     // of a killed program
  transaction,  // half-way
  past,         // a record or a log that cannot be read, or ends in half a line
  stranger      // a file among the blobs that is none
};
std::string_view name(FaultKind kind) noexcept;  // "diff-id"

// How a fault can be mended without losing anything.
enum class Remedy : std::uint8_t {
  none,
  remove_file,          // `path`
  remove_blob,          // a damaged one that nothing needs
  settle_transaction,   // finish or drop it
  cut_line,             // half a line at the end of the log `path`
  drop_repeated_names,  // of `name`, all entries but the first, which alone ever counted
};

struct Fault {
  FaultKind kind{};
  DiagnosticLevel level = DiagnosticLevel::reject;  // reject: the layout is corrupt
  std::optional<Digest> digest;                     // of the blob meant, if one is
  std::string subject;                              // what is meant otherwise: a name, a path
  std::string reason;
  std::vector<std::string> references;  // names of images that lead to it, as index.json lists them
  Remedy remedy = Remedy::none;
  std::filesystem::path path;  // for the remedy
  bool is_mended = false;
};

enum class CheckDepth : std::uint8_t {
  documents,  // manifests and configurations read, of all other blobs only the size
  contents    // every byte read once: digests, diff_ids, entries
};

struct CheckScope {
  CheckDepth depth = CheckDepth::documents;
  // Only what this leads to; nullopt: the whole layout with all that lies in it.
  std::optional<Descriptor> root;
  std::string name;  // of `root`, for messages
};

struct CheckReport {
  std::uint64_t blobs = 0;       // looked at
  std::uint64_t read_bytes = 0;  // of them read
  std::uint64_t names = 0;
  std::vector<Fault> faults;  // by level, worst first, then by kind, digest and subject
  bool is_corrupt() const;    // a fault of level reject that is not mended
};

// Changes nothing; needs no right to write. Each blob is read once, the largest first, on all
// `workers`. Damage is in the report; throws only when there is no layout or index.json cannot be
// read at all (Error(not_found), Error(corrupt)), Error(input_output), Error(cancelled).
CheckReport check_layout(const std::filesystem::path& layout, const CheckScope& scope,
                         Workers& workers, Observer& observer, const std::stop_token& stop = {});

// Applies the remedies of `report` and marks the faults mended; under the locks of the layout, and
// only where things still are as they were found. `command` and `now` are for the journal. Throws
// Error(conflict) when `.imgops` is another user's, Error(input_output).
void repair_layout(const std::filesystem::path& layout, CheckReport& report,
                   const std::string& command, Timestamp now);

}  // namespace imgops
