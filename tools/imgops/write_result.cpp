// Blobs go straight into the layout whose names move. They go aside first, into a temporary
// directory, when the result is an archive, and under --strict, where nothing may be left behind; a
// dry run forgets large ones at once. What is missing at the target is then copied.
#include "tools/imgops/write_result.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/reference.hpp"
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

void declare_encoder_options(Declarations& declarations) {
  declarations.value("compression", "gzip|zstd|none", "of new layers")
      .value("level", "N", "compression level");
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
  return encoder;
}

void check_new_name(const std::string& name) {
  if (is_reference_name(name)) return;
  throw Error(ErrorKind::invalid_argument,
              fmt::format("'{}' is no name for an image", printable(name)),
              "letters and digits, joined by one of - . _ : @ + /");
}

void move_names(Context& context, Place& place, std::span<const NamedDescriptor> names) {
  Transaction transaction(*place.repository(), context.command_text(), context.now());
  for (const NamedDescriptor& named : names) {
    const NamedDescriptor* const present = find_name(place.names(), named.name);
    std::optional<Digest> expected;
    if (present != nullptr) expected = present->descriptor.digest();
    transaction.move(named.name, expected, named.descriptor);
  }
  transaction.commit();
}

ResultWriter::ResultWriter(Context& context, const Options& options, Place* source,
                           std::string own_name, std::string_view subject, ReadBack read_back)
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
  Kind kind = Kind::direct;
  if (home_ == nullptr || context_.globals().is_strict) kind = Kind::aside;
  const bool is_read_back = read_back == ReadBack::expected || options.flag("verify");
  if (is_dry_run_) kind = is_read_back ? Kind::aside : Kind::forgotten;
  choose_store(kind, home_ == nullptr ? nullptr : &home_->repository()->blobs());
}

void ResultWriter::choose_store(Kind kind, BlobStore* target) {
  std::vector<const BlobSource*> sources;
  if (source_ != nullptr) sources.push_back(&source_->blobs());
  sources.push_back(&files_);
  below_ = std::make_unique<JoinedBlobs>(std::move(sources));
  const BlobSource& below = *below_;
  switch (kind) {
    case Kind::forgotten:
      owned_store_ = std::make_unique<OverlayBlobs>(below);
      break;
    case Kind::direct:
      owned_store_ = std::make_unique<LayeredBlobs>(*target, below);
      break;
    case Kind::aside:
      aside_directory_ = context_.make_temporary_directory();
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
  tell_stale(context_, result.dropped,
             are_told ? referrers_of(*source_, replaced) : std::vector<Descriptor>());
}

WrittenResult ResultWriter::write(const Descriptor& root, std::span<const Replacement> replacements,
                                  Referrers referrers) {
  return write_all(root, replacements, {}, referrers).front();
}

std::vector<WrittenResult> ResultWriter::write_all(const Descriptor& root,
                                                   std::span<const Replacement> replacements,
                                                   std::span<const NameChange> others,
                                                   Referrers referrers) {
  std::vector<WrittenResult> results = {{root, names_, {}}};
  if (!replacements.empty()) replace(replacements, referrers, results.front());
  for (const NameChange& other : others) {
    results.push_back({other.root, {other.name}, {}});
    if (!other.replacements.empty()) replace(other.replacements, referrers, results.back());
  }
  context_.check_stop();
  context_.check_strict();
  if (!is_dry_run_ && home_ != nullptr) {
    std::vector<NamedDescriptor> moves;
    for (const WrittenResult& result : results) {
      copy_closure(*store_, home_->repository()->blobs(), result.root, subject_, context_.stop());
      for (const std::string& name : result.names) moves.push_back({name, result.root});
    }
    move_names(context_, *home_, moves);
  }
  if (!output_) return results;
  results.front().names.push_back(output_->text);
  if (!is_dry_run_) write_output(context_, *output_, *store_, results.front().root);
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
