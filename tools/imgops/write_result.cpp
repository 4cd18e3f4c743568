// Blobs go straight into the layout whose names move, or into the archive that the result is. They
// go aside first, into a temporary directory, where nothing may be left behind in a layout: under
// --strict, and when there is none yet; a dry run forgets large ones at once. What is missing at
// the target is then copied, or linked.
#include "tools/imgops/write_result.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/repository/named_digests.hpp"
#include "libimgops/repository/transaction.hpp"
#include "libimgops/store/closure.hpp"
#include "tools/imgops/archive_output.hpp"
#include "tools/imgops/attestations.hpp"
#include "tools/imgops/document.hpp"

#include <fmt/format.h>

#include <set>

#include <unistd.h>

namespace imgops::cli {

void declare_result_options(Declarations& declarations) {
  declarations.list("tag,t", "NEW", "name the result; may be repeated")
      .value("output,o", "IMAGE", "write to oci:DIR:REF, docker-archive:FILE:NAME, oci-archive:…")
      .flag("dry-run,n", "compute the digest, write nothing");
}

void declare_compression_options(Declarations& declarations) {
  declarations.value("compression", "gzip|zstd|none", "of new layers")
      .value("level", "N", "compression level");
}

void declare_encoder_options(Declarations& declarations) {
  declare_compression_options(declarations);
  declarations.flag("canonical", "encode all, so that bytes depend on the files alone");
}

EncoderOptions encoder_options(const Options& options) {
  EncoderOptions encoder;
  const auto word = options.choice("compression", {"gzip", "zstd", "none"}).value_or("gzip");
  if (word == "zstd") encoder.compression = Compression::zstd;
  if (word == "none") encoder.compression = Compression::none;
  const std::uint64_t level = options.number("level", 1).value_or(0);
  const std::uint64_t highest = word == "zstd" ? 22 : 12;
  if (level > highest) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--level: {} goes up to {}", word, highest));
  }
  encoder.level = static_cast<int>(level);
  encoder.splices = !options.flag("canonical");
  return encoder;
}

void check_new_name(const std::string& name) {
  if (is_reference_name(name)) return;
  throw Error(ErrorKind::invalid_argument,
              fmt::format("'{}' is no name for an image", printable(name)),
              "letters and digits, joined by one of - . _ : @ + /");
}

void move_names(Context& context, Place& place, std::span<const NamedDescriptor> names) {
  const NamedDigests present(place.names());
  Transaction transaction(*place.repository(), context.command_text(), context.now());
  for (const NamedDescriptor& named : names) {
    transaction.move(named.name, present.find(named.name), named.descriptor);
  }
  transaction.commit();
}

ResultWriter::ResultWriter(Context& context, const Options& options, Place* source,
                           std::string own_name, std::string_view subject, Staging staging,
                           std::span<Place* const> beside)
    : context_(context),
      source_(source),
      subject_(printable(subject)),
      names_(options.list("tag")),
      is_dry_run_(options.flag("dry-run")),
      encoder_(encoder_options(options)) {
  for (const std::string& name : names_) check_new_name(name);
  if (const auto word = options.text("output")) output_ = parse_output(*word);
  const bool from_layout = source_ != nullptr && source_->repository() != nullptr;
  if (names_.empty() && !output_) {
    if (!from_layout || own_name.empty()) {
      throw Error(ErrorKind::conflict,
                  fmt::format("{}: has no ref in a layout that could move to the result", subject_),
                  "-t NEW names the result in the layout, -o IMAGE writes it elsewhere");
    }
    names_.push_back(std::move(own_name));
  }
  if (!names_.empty()) home_ = from_layout ? source_ : &context_.selected_layout();
  const bool leaves_nothing = context_.globals().is_strict || staging == Staging::aside;
  const bool is_read_again = options.flag("verify") || staging != Staging::direct;
  Kind kind = Kind::direct;
  if (is_dry_run_) {
    kind = is_read_again ? Kind::aside : Kind::forgotten;
  } else if (home_ == nullptr) {
    kind = kind_of_output();
  } else {
    target_ = &home_->repository()->blobs();
  }
  if (kind == Kind::direct && leaves_nothing) kind = Kind::aside;
  choose_store(kind, beside);
}

// Without a name to move: where -o leads.
ResultWriter::Kind ResultWriter::kind_of_output() {
  if (output_->transport == Transport::oci) {
    if (!std::filesystem::exists(output_->place)) return Kind::aside;
    target_ = &context_.layout(output_->place).repository()->blobs();
    return Kind::direct;
  }
  return is_plain_file(output_->place) ? Kind::archive : Kind::aside;
}

// Beside a layout that is not there yet: what is made can then be linked into it.
std::unique_ptr<TemporaryDirectory> ResultWriter::make_aside_directory() {
  const bool is_new = home_ == nullptr && !is_dry_run_ && output_->transport == Transport::oci &&
                      !std::filesystem::exists(output_->place);
  const std::filesystem::path parent =
      is_new ? std::filesystem::absolute(output_->place).parent_path() : std::filesystem::path();
  return is_new && std::filesystem::is_directory(parent) ? context_.make_temporary_directory(parent)
                                                         : context_.make_temporary_directory();
}

void ResultWriter::choose_store(Kind kind, std::span<Place* const> beside) {
  std::vector<const BlobSource*> sources;
  if (source_ != nullptr) sources.push_back(&source_->blobs());
  for (const Place* const place : beside) sources.push_back(&place->blobs());
  sources.push_back(&files_);
  below_ = std::make_unique<JoinedBlobs>(std::move(sources));
  const BlobSource& below = *below_;
  switch (kind) {
    case Kind::forgotten:
      owned_store_ = std::make_unique<OverlayBlobs>(below);
      break;
    case Kind::direct:
      owned_store_ = std::make_unique<LayeredBlobs>(*target_, below);
      break;
    case Kind::archive:
      archive_ = std::make_unique<ArchiveFile>(output_->place);
      owned_store_ = std::make_unique<LayeredBlobs>(*archive_, below);
      break;
    case Kind::aside:
      aside_directory_ = make_aside_directory();
      aside_ = std::make_unique<LayoutBlobs>(aside_directory_->path());
      owned_store_ = std::make_unique<LayeredBlobs>(*aside_, below);
      break;
  }
  store_ = owned_store_.get();
  layers_ = std::make_unique<LayerCache>(
      *store_, source_ == nullptr ? std::optional<CacheLocation>() : source_->cache_location());
}

Operation ResultWriter::operation() {
  return {*store_,         *layers_, context_.workers(), context_.observer(), encoder_,
          context_.stop(), subject_};
}

std::span<const std::string> ResultWriter::moving_names() const noexcept {
  if (home_ != source_) return {};
  return names_;
}

Digest ResultWriter::add_file(std::shared_ptr<const RandomAccess> file) {
  return files_.add(std::move(file));
}

void ResultWriter::replace(std::span<const Replacement> replacements, Referrers referrers,
                           WrittenResult& result) {
  const Descriptor root = result.root;
  std::set<Digest> replaced = {root.digest()};
  if (is_index(root)) {
    replaced.merge(replaced_digests(*store_, root, replacements, subject_));
    result.root = store_replacements(*store_, root, replacements, subject_);
    result.root = without_attestations(*store_, result.root, replaced, result.dropped);
  } else {
    store_image(*store_, replacements.front().image);
    result.root = replacements.front().image.descriptor();
  }
  const bool are_told = source_ != nullptr && referrers == Referrers::told;
  if (are_told && !referrers_) referrers_.emplace(source_->collection());
  tell_stale(context_, result.dropped,
             are_told ? referrers_->about(replaced) : std::vector<Descriptor>());
}

NamedDescriptor ResultWriter::store_named(const Descriptor& root, const NamedResult& named) {
  const auto& replacements = named.replacements;
  if (replacements.empty()) return {named.name, root};
  if (!is_index(root)) {
    store_image(*store_, replacements.front().image);
    return {named.name, replacements.front().image.descriptor()};
  }
  std::set<Digest> replaced = replaced_digests(*store_, root, replacements, subject_);
  replaced.insert(root.digest());
  std::vector<Descriptor> dropped;  // they go on speaking about what they spoke about
  const Descriptor edited = store_replacements(*store_, root, replacements, subject_);
  return {named.name, without_attestations(*store_, edited, replaced, dropped)};
}

WrittenResult ResultWriter::prepare(const Descriptor& root,
                                    std::span<const Replacement> replacements,
                                    Referrers referrers) {
  WrittenResult result{root, {}, {}, {}};
  if (!replacements.empty()) replace(replacements, referrers, result);
  return result;
}

void ResultWriter::commit(std::span<const NamedDescriptor> moves) {
  context_.check_stop();
  context_.check_strict();
  if (is_dry_run_ || moves.empty()) return;
  std::vector<Root> roots;
  for (const NamedDescriptor& move : moves) roots.push_back({move.descriptor, subject_});
  copy_closures(*store_, home_->repository()->blobs(), roots, context_.stop());
  move_names(context_, *home_, moves);
}

WrittenResult ResultWriter::write(const Descriptor& root, std::span<const Replacement> replacements,
                                  Referrers referrers, std::span<const NamedResult> beside) {
  if (home_ == nullptr && !beside.empty()) {
    throw Error(ErrorKind::conflict,
                fmt::format("{}: the names that go with it are names of a layout", subject_),
                "-t NEW puts the result into one");
  }
  WrittenResult result = prepare(root, replacements, referrers);
  for (const NamedResult& named : beside) result.beside.push_back(store_named(root, named));
  result.names = names_;
  if (output_) result.names.push_back(output_->text);
  std::vector<NamedDescriptor> moves = result.beside;
  for (const std::string& name : names_) moves.push_back({name, result.root});
  commit(moves);
  if (output_ && !is_dry_run_) write_output_of(result.root);
  return result;
}

void ResultWriter::write_output_of(const Descriptor& root) {
  if (!archive_) {
    write_output(context_, *output_, *store_, root);
    return;
  }
  const ExportedName exported{output_->name, root};
  archive_->complete(*store_, std::span(&exported, 1), context_.stop());
  context_.check_strict();
  archive_->publish();
}

std::vector<WrittenResult> ResultWriter::write_all(const Descriptor& root,
                                                   std::span<const Replacement> replacements,
                                                   std::span<const NameChange> others,
                                                   Referrers referrers) {
  std::vector<WrittenResult> results = {prepare(root, replacements, referrers)};
  results.front().names = names_;
  for (const NameChange& other : others) {
    results.push_back(prepare(other.root, other.replacements, referrers));
    results.back().names = {other.name};
  }
  std::vector<NamedDescriptor> moves;
  for (const WrittenResult& result : results) {
    for (const std::string& name : result.names) moves.push_back({name, result.root});
  }
  commit(moves);
  if (!output_) return results;
  results.front().names.push_back(output_->text);
  if (!is_dry_run_) write_output_of(results.front().root);
  return results;
}

void print_digest(Context& context, std::string_view schema, Json body, const Digest& digest) {
  if (context.wants_json()) {
    body["digest"] = digest.to_string();
    print_document(context, schema, body);
    return;
  }
  context.output().text(digest.to_string() + "\n");
}

}  // namespace imgops::cli
