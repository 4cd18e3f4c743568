// Three files a layer: "headers", raw; "entries", the index, which seals the headers too; and for
// each blob "checkpoints-<hex>", the decoder's states, then the sealed table of their places. The
// table of a blob is also the word that its bytes were proven. They are published in this order, so
// that each refers to what is already there.
#include "libimgops/layer/layer_recorder.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/layer/diagnostic_code.hpp"
#include "libimgops/layer/index_code.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t header_buffer_bytes = 64 * 1024;
// Headers beyond these are read from the archive instead, so that hostile ones cost no memory
// (T25).
constexpr std::size_t header_limit_bytes = 64 * 1024;
constexpr std::uint64_t headers_in_memory_bytes = 32ULL << 20;
constexpr std::uint64_t headers_on_disk_bytes = 1ULL << 30;

// States of a bomb, gigabytes out of megabytes, would otherwise fill the disk (T25). Sound layers
// need a tenth of their blob.
constexpr std::uint64_t states_on_disk_bytes = 64ULL << 20;  // and as much as the blob has
constexpr std::size_t places_limit = 1 << 20;

constexpr std::string_view headers_name = "headers";
constexpr std::string_view entries_name = "entries";

std::string checkpoints_name(const LayerKey& key) {
  return "checkpoints-" + key.blob.hexadecimal();
}

SealSubject entries_subject() {
  return {"entries", {}};
}
SealSubject checkpoints_subject(const LayerKey& key) {
  return {"checkpoints", key.blob.to_string() + " " + std::string(name(key.declared))};
}

// Findings about the compressed form belong to a blob, the others to every blob of the layer.
struct Findings {
  std::vector<Diagnostic> of_blob;
  std::vector<Diagnostic> of_archive;
};

bool is_of_blob(const Diagnostic& diagnostic) {
  return diagnostic.code == DiagnosticCode::codec_type ||
         diagnostic.code == DiagnosticCode::zstd_old ||
         diagnostic.code == DiagnosticCode::chunk_toc;
}

Findings sort_findings(const std::vector<Diagnostic>& diagnostics) {
  Findings findings;
  for (const Diagnostic& diagnostic : diagnostics) {
    (is_of_blob(diagnostic) ? findings.of_blob : findings.of_archive).push_back(diagnostic);
  }
  return findings;
}

// In the order in which reading finds them.
std::vector<Diagnostic> join_findings(Findings findings, const std::string& layer) {
  std::vector<Diagnostic> all = std::move(findings.of_blob);
  std::ranges::move(findings.of_archive, std::back_inserter(all));
  for (Diagnostic& diagnostic : all) diagnostic.layer = layer;
  return all;
}

std::array<std::byte, 32> sha256_bytes(const Digest& digest) {
  std::array<std::byte, 32> result{};
  std::ranges::copy(digest.value(), result.begin());
  return result;
}

// Runs what needs the disk; false when it failed. The cache is help, not duty: any failure of it
// only means to do without.
template <class Function>
bool succeeds(const Function& function) {
  try {
    function();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

LayerRecorder::LayerRecorder(const CacheLocation* location, LayerKey key) : key_(std::move(key)) {
  if (location == nullptr) return;
  folder_.emplace(*location, key_.diff_id);
  const bool ready = succeeds([this] {
    states_ = folder_->create();
    header_file_ = folder_->create();
  });
  if (!ready) keep_without_disk();
}

void LayerRecorder::keep_without_disk() {
  headers_lost_ = headers_.size() != header_bytes_;
  folder_.reset();
  states_.reset();
  header_file_.reset();
  // Places whose states are lost are of no use; those without a state (zstd frames) stay.
  std::erase_if(places_, [](const CheckpointPlace& place) { return place.state_bytes != 0; });
}

void LayerRecorder::checkpoint(const Checkpoint& checkpoint) {
  if (places_.size() == places_limit) return;
  CheckpointPlace place;
  place.archive_offset_bytes = checkpoint.archive_offset_bytes;
  place.blob_offset_bytes = checkpoint.blob_offset_bytes;
  place.state_bytes = static_cast<std::uint32_t>(checkpoint.state.size());
  if (place.state_bytes != 0) {
    if (states_ == nullptr) return;
    if (states_->size_bytes() + place.state_bytes > states_on_disk_bytes + key_.blob_bytes) return;
    place.state_offset_bytes = states_->size_bytes();
    place.state_digest = sha256_bytes(digest_of(as_bytes(checkpoint.state)));
    if (!succeeds([&] { states_->write(as_bytes(checkpoint.state)); })) {
      keep_without_disk();
      return;
    }
  }
  places_.push_back(place);
}

std::uint32_t LayerRecorder::header(ByteView bytes) {
  if (headers_lost_) return no_header_slot;
  const std::uint64_t limit = folder_ ? headers_on_disk_bytes : headers_in_memory_bytes;
  if (bytes.size() > header_limit_bytes || header_bytes_ + bytes.size() > limit)
    return no_header_slot;
  const auto slot = static_cast<std::uint32_t>(header_bytes_);
  headers_ += as_text(bytes);
  header_bytes_ += bytes.size();
  if (header_file_ != nullptr && headers_.size() >= header_buffer_bytes) flush_headers();
  return slot;
}

// When the disk fails, what was written is lost: its slots then lead behind the end of the store.
void LayerRecorder::flush_headers() {
  header_hasher_.update(as_bytes(headers_));
  if (succeeds([this] { header_file_->write(as_bytes(headers_)); })) {
    headers_.clear();
  } else {
    keep_without_disk();
  }
}

LayerRecord LayerRecorder::finish(std::shared_ptr<const LayerIndex> index) {
  if (header_file_ != nullptr) flush_headers();
  LayerRecord record{std::move(index), nullptr, nullptr};
  if (folder_ && succeeds([&] { publish(record); })) return record;
  keep_without_disk();
  if (headers_lost_) headers_.clear();
  record.headers = std::make_shared<HeaderStore>(std::move(headers_));
  record.checkpoints = std::make_shared<CheckpointTable>(std::move(places_), nullptr);
  return record;
}

void LayerRecorder::publish(LayerRecord& record) {
  const HeaderSeal seal{header_bytes_, sha256_bytes(header_hasher_.finish())};
  folder_->publish(*header_file_, headers_name);

  const Findings findings = sort_findings(record.index->diagnostics);
  const std::unique_ptr<NewFile> entries = folder_->create();
  folder_->write_sealed(
      *entries, [&](Sink& block) { encode_index(*record.index, seal, findings.of_archive, block); },
      entries_subject());
  folder_->publish(*entries, entries_name);

  ByteWriter table;
  encode_places(table, places_, key_.blob_bytes);
  encode_diagnostics(table, findings.of_blob);
  folder_->write_sealed(*states_, table.bytes(), checkpoints_subject(key_));
  folder_->publish(*states_, checkpoints_name(key_));

  record.headers = std::make_shared<HeaderStore>(folder_->find(headers_name), seal);
  record.checkpoints =
      std::make_shared<CheckpointTable>(places_, folder_->find(checkpoints_name(key_)));
}

std::optional<LayerKey> key_of(const ImageLayer& layer) {
  const Descriptor& blob = layer.descriptor;
  const std::optional<MediaType> type = parse_media_type(blob.media_type());
  if (!type || type->kind != MediaKind::layer) return std::nullopt;
  return LayerKey{layer.diff_id, blob.digest(), blob.size_bytes(), type->compression};
}

std::optional<LayerRecord> find_stored_layer(const CacheLocation& location, const LayerKey& key) {
  std::optional<LayerRecord> result;
  succeeds([&] {
    const CacheFolder folder(location, key.diff_id);
    std::shared_ptr<const RandomAccess> states = folder.find(checkpoints_name(key));
    const std::unique_ptr<RandomAccess> entries = folder.find(entries_name);
    if (states == nullptr || entries == nullptr) return;
    const auto table = folder.read_sealed(*states, checkpoints_subject(key));
    if (!table) return;
    const auto block = folder.read_sealed(*entries, entries_subject());
    if (!block) return;

    ByteReader in(*table);
    std::vector<CheckpointPlace> places = decode_places(in, key.blob_bytes);
    Findings findings{decode_diagnostics(in), {}};
    const DecodedIndex decoded = decode_index(*block, key.diff_id);
    findings.of_archive = std::move(decoded.index->diagnostics);
    decoded.index->diagnostics = join_findings(std::move(findings), key.blob.to_string());
    result = LayerRecord{decoded.index,
                         std::make_shared<HeaderStore>(folder.find(headers_name), decoded.headers),
                         std::make_shared<CheckpointTable>(std::move(places), std::move(states))};
  });
  return result;
}

}  // namespace imgops
