// The common end of every command that makes an image: where its blobs go, which names move, what
// is printed. Source: command-line §6 (-t, -o, -n), §9.
#pragma once

#include "libimgops/repository/referrers.hpp"
#include "libimgops/transfer/archive_file.hpp"
#include "tools/imgops/blob_views.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace imgops::cli {

void declare_result_options(Declarations& declarations);       // -t, -o, -n
void declare_compression_options(Declarations& declarations);  // --compression, --level
void declare_encoder_options(Declarations& declarations);      // and --canonical
EncoderOptions encoder_options(const Options& options);

// "app:1" as -t takes it; throws Error(invalid_argument) when it is no ref of the grammar.
void check_new_name(const std::string& name);

// Names of the layout `place` move in one transaction, each to its descriptor. They must be as
// `place` read them, or not be there. Throws Error(conflict) otherwise.
void move_names(Context& context, Place& place, std::span<const NamedDescriptor> names);

struct WrittenResult {
  Descriptor root;                      // what the names point to now
  std::vector<std::string> names;       // moved or written, or to be in a dry run
  std::vector<Descriptor> dropped;      // attestations that spoke about replaced images
  std::vector<NamedDescriptor> beside;  // names moved in the same transaction
};

// Whether to name what says something of the image that is replaced and does not hold for the new
// one: every listed document is read for it.
enum class Referrers : std::uint8_t { told, unaffected };

// Another image named in the same transaction: the root with these images replaced.
struct NamedResult {
  std::string name;
  std::vector<Replacement> replacements;
};

// Where large blobs are until the names move.
enum class Staging : std::uint8_t {
  direct,     // in the layout
  read_back,  // likewise, but kept also in a dry run: for work that reads again what it wrote
  aside       // outside, also in a dry run: for work that may be refused after it began to write
};

// A further name of the layout whose names move, and what becomes of it.
struct NameChange {
  std::string name;
  Descriptor root;  // what it points to now
  std::vector<Replacement> replacements;
};

// Made before the work, so that a result that cannot be put anywhere is refused at once; then the
// operation runs on operation(), then write().
class ResultWriter {
 public:
  // `source` is where the image comes from, null for scratch. `own_name` is the ref to move when
  // neither -t nor -o is given; empty when there is none to move. Throws Error(conflict) then.
  // Blobs of the places `beside` are read too.
  ResultWriter(Context& context, const Options& options, Place* source, std::string own_name,
               std::string_view subject, Staging staging = Staging::direct,
               std::span<Place* const> beside = {});

  // Reads through to the source and writes to where the result goes.
  Operation operation();
  BlobStore& store() noexcept { return *store_; }
  // The layout whose names will move; null when none do.
  const Place* home() const noexcept { return home_; }
  // The names of the source that will point to the result.
  std::span<const std::string> moving_names() const noexcept;
  // Bytes of the user's own that operations read beside the image's blobs. Returns their digest.
  Digest add_file(std::shared_ptr<const RandomAccess> file);

  // `root` with the images replaced, stored; no name moves. For commands over several names.
  WrittenResult prepare(const Descriptor& root, std::span<const Replacement> replacements,
                        Referrers referrers = Referrers::told);
  // Names of home() move, all in one transaction; nothing in a dry run, and for none. Throws
  // Error(conflict) under --strict when there were warnings.
  void commit(std::span<const NamedDescriptor> moves);

  // `root` with the images replaced becomes the result; `root` itself when there are none.
  // Names `beside` move with it; without a layout whose names move that is Error(conflict).
  WrittenResult write(const Descriptor& root, std::span<const Replacement> replacements,
                      Referrers referrers = Referrers::told,
                      std::span<const NamedResult> beside = {});
  // The same, and other names of the same layout in the same transaction: theirs follow the result
  // of `root`.
  std::vector<WrittenResult> write_all(const Descriptor& root,
                                       std::span<const Replacement> replacements,
                                       std::span<const NameChange> others,
                                       Referrers referrers = Referrers::told);

 private:
  enum class Kind : std::uint8_t { direct, archive, aside, forgotten };
  void replace(std::span<const Replacement> replacements, Referrers referrers,
               WrittenResult& result);
  NamedDescriptor store_named(const Descriptor& root, const NamedResult& named);
  Kind kind_of_output();
  std::unique_ptr<TemporaryDirectory> make_aside_directory();
  void choose_store(Kind kind, std::span<Place* const> beside);
  void write_output_of(const Descriptor& root);

  Context& context_;
  Place* source_;
  std::string subject_;
  Place* home_ = nullptr;           // layout whose names move; null: none do
  std::vector<std::string> names_;  // to move there
  std::optional<Revision> output_;  // -o
  bool is_dry_run_ = false;
  EncoderOptions encoder_;
  UserFiles files_;
  std::unique_ptr<JoinedBlobs> below_;
  BlobStore* target_ = nullptr;  // of the layout that large blobs go to at once
  std::unique_ptr<ArchiveFile> archive_;
  std::unique_ptr<TemporaryDirectory> aside_directory_;
  std::unique_ptr<BlobStore> aside_;
  std::unique_ptr<BlobStore> owned_store_;
  BlobStore* store_ = nullptr;
  std::unique_ptr<LayerCache> layers_;
  std::optional<ReferrerList> referrers_;  // of the source, once somebody asked
};

// The digest alone on stdout, or `body` with it as a document.
void print_digest(Context& context, std::string_view schema, Json body, const Digest& digest);

}  // namespace imgops::cli
