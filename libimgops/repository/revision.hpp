// The language of revisions: parsing, and resolving against an index and its blobs.
// Source: command-line §§2–3; docs/revisions.md.
#pragma once

#include "libimgops/image/index.hpp"
#include "libimgops/image/platform.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "libimgops/lineage/image_at.hpp"
#include "libimgops/repository/collection_memory.hpp"
#include "libimgops/repository/repository.hpp"
#include "libimgops/store/blob_store.hpp"
#include "libimgops/store/image_store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace imgops {

enum class Transport : std::uint8_t { selected_layout, oci, oci_archive, docker_archive };

// ~N; ^ is ~1.
struct LayersBack {
  std::size_t count;
};
// #K, and #-K counted from -1 at the top; never 0.
struct StepNumber {
  std::int64_t number;
};
// ^{/REGEX}, a sound RE2 expression with `\}` read as a brace.
struct StepMatching {
  std::string expression;
};
// ^{layer:HEX}, four lower-case digits or more, without the algorithm.
struct LayerPrefix {
  std::string prefix;
};
// ^{base}
struct BaseSelector {};
using RevisionSuffix =
    std::variant<LayersBack, StepNumber, StepMatching, LayerPrefix, BaseSelector>;

struct Revision {
  Transport transport = Transport::selected_layout;
  std::string place;  // path of layout or archive; empty for the selected layout
  // A ref; "@HEX", "@sha256:HEX" or "sha256:HEX" for the beginning of a digest; "@@IDX" for
  // ":@IDX"; "scratch", which only in the selected layout is the empty image; empty for the only
  // image there.
  std::string name;
  std::optional<std::uint64_t> moves_ago;  // @{N}; only with a ref of a layout
  std::vector<RevisionSuffix> suffixes;
  std::string text;  // as written, for messages
};

// IMAGE:/PATH. The path is as written, with its slash.
struct FileReference {
  Revision revision;
  std::string path;
};

enum class RangeKind : std::uint8_t { layers, symmetric };  // A..B, A...B

// A side written without a place lives where the other side does, but for scratch.
struct RevisionRange {
  std::optional<Revision> from;  // nullopt: the base of `to`; never so when symmetric
  Revision to;
  RangeKind kind;
};

// `known_names` are the refs of the selected layout: a word that equals one is that ref whatever it
// looks like (§2 rule 1), but for "scratch". Looks at the disk only to see whether PATH of PATH:TAG
// is a layout. Throws Error(invalid_argument), nothing else, for whatever bytes.
Revision parse_revision(std::string_view word, std::span<const std::string> known_names);
// Throws also when the word names no path.
FileReference parse_file_reference(std::string_view word, std::span<const std::string> known_names);
// Also accepts a single revision: then nullopt is returned and parse_revision is to be used.
std::optional<RevisionRange> parse_range(std::string_view word,
                                         std::span<const std::string> known_names);

// "#7", "~1^{base}": suffixes alone, as options give them. Throws Error(invalid_argument).
std::vector<RevisionSuffix> parse_suffixes(std::string_view text);

// Where a revision is looked up: one layout or archive.
struct Collection {
  const BlobSource& blobs;
  Index index;
  std::string subject;                     // for messages: path of the layout
  const Repository* repository = nullptr;  // whose logs answer @{N}; null: there are none
  // Where it may be kept which images have which layers; nullopt: nowhere.
  std::optional<CacheLocation> cache = {};
  CollectionMemory* memory = nullptr;  // of this run; null: each question goes through the list
};

struct ResolvedImage {
  std::string name;                    // the ref it is; empty for a digest or an earlier place
  Descriptor root;                     // what the ref points to: manifest or index
  std::vector<std::size_t> position;   // of the image below root
  Image image;                         // after the suffixes, as image_at() makes it
  std::size_t step_count = 0;          // of pair_history(original), so many remain
  std::size_t layer_count = 0;         // so many of the original's layers remain
  bool is_whole = true;                // no suffix cut anything
  std::optional<BaseMatch> base = {};  // what the last ^{base} found
  SettingsOrigin origin = SettingsOrigin::exact;  // of the image's settings
  std::vector<std::string> omitted = {};          // of them, as ImageAt::omitted
};

// Throws Error(not_found) with "did you mean" as hint, also for layers, steps and moves beyond what
// there is, Error(ambiguous) with the candidates as hint, Error(unsupported) for artifacts,
// Error(corrupt). ^{base} is what find_base() is certain of among possible_bases(); a guess counts
// as not found. Settings of a cut image are chosen by `choice`; all but `keep` look at the
// images of the collection that share its history.
ResolvedImage resolve(const Collection& collection, const Revision& revision,
                      const std::optional<Platform>& platform = {},
                      SettingsChoice choice = SettingsChoice::best);

// The root a revision names, before platform and suffixes: for commands over whole indexes. Errors
// as above; Error(invalid_argument) for scratch, which has none.
NamedDescriptor resolve_root(const Collection& collection, const Revision& revision);

// All that image_at() can use of the collection for `image`: what is listed, with a name or without
// (which is empty then), in the order of the index, of the platform of `image`, and whose layers
// are its lowest, all of them or none. What leads to no readable image is left out;
// Error(input_output) is not.
std::vector<NamedImage> images_in_reach(const Collection& collection, const Image& image);

}  // namespace imgops
