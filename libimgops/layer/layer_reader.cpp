// One pass, no byte twice:
//
//     blob ─ hash ─ decoder ─ hash ─ TarReader ─ EntryCollector ─ index
//                      └ checkpoints                  └ raw headers
//
// The size is compared before, the digests after the pass; what was collected meanwhile is dropped
// when they differ. The archive reader and the decoder both read to their very end, so that bytes
// after the archive and checksums after the last byte are seen (S04, S08).
#include "libimgops/layer/layer_reader.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/layer/entry_collector.hpp"
#include "libimgops/layer/hashing_source.hpp"
#include "libimgops/tar/findings.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t least_window_limit_bytes = 8ULL << 20;
constexpr std::uint64_t windows_together_bytes = 32ULL << 20;

// Keeps findings in the index; progress is told elsewhere.
class FindingsKeeper final : public Observer {
 public:
  FindingsKeeper(LayerIndex& index, std::string layer) : index_(index), layer_(std::move(layer)) {}

  void diagnose(const Diagnostic& diagnostic) override {
    index_.diagnostics.push_back(diagnostic);
    index_.diagnostics.back().layer = layer_;
  }
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}

 private:
  LayerIndex& index_;
  std::string layer_;
};

Compression compression_of(const RandomAccess& blob) {
  std::array<std::byte, 8> first{};
  std::size_t filled = 0;
  while (filled < first.size()) {
    const std::size_t count = blob.read_at(filled, std::span(first).subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  return detect_compression(ByteView(first).first(filled));
}

void collect_entries(Source& archive, LayerIndex& index, Observer& findings, LayerPassSink* sink,
                     const std::stop_token& stop) {
  TarReader reader(archive, findings);
  EntryCollector collector(index, findings, sink);
  while (const Member* const member = reader.next()) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled");
    collector.add(*member, reader);
  }
  index.archive_bytes = reader.position_bytes();
  collector.finish(index.archive_bytes);
}

void read_pass(const std::shared_ptr<const RandomAccess>& blob, Compression compression,
               ByteMeter& blob_meter, ByteMeter& archive_meter, LayerIndex& index,
               Observer& findings, const PassWatchers& watchers,
               std::uint64_t window_limit_bytes = largest_window_bytes) {
  const std::unique_ptr<Decoder> decoder = make_decoder(
      compression,
      std::make_unique<MeteredSource>(std::make_unique<RandomAccessSource>(blob), blob_meter),
      InflateEngine::own, window_limit_bytes);
  ArchiveSource archive(*decoder, archive_meter, blob_meter, watchers);
  collect_entries(archive, index, findings, watchers.sink, watchers.stop);
}

// Fills in which layer a rejected thing was found in.
template <class Function>
void naming_layer(const std::string& layer, const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr || !error.diagnostic()->layer.empty()) throw;
    Diagnostic diagnostic = *error.diagnostic();
    diagnostic.layer = layer;
    throw Error(std::move(diagnostic));
  }
}

void check_before(const RandomAccess& blob, const Descriptor& descriptor,
                  const std::optional<MediaType>& type) {
  if (!type || type->kind != MediaKind::layer) {
    throw Error(reject(DiagnosticCode::layer_type, "J02",
                       "type \"" + descriptor.media_type() + "\" cannot be applied"));
  }
  if (blob.size_bytes() != descriptor.size_bytes()) {
    throw Error(reject(DiagnosticCode::size, "J04",
                       "blob has " + std::to_string(blob.size_bytes()) + " bytes, its descriptor " +
                           std::to_string(descriptor.size_bytes())));
  }
}

void report_compression(Compression found, Compression declared, Observer& findings) {
  if (found != declared) {
    report(findings, DiagnosticCode::codec_type, DiagnosticLevel::warning, "S12", {},
           "media type says " + std::string(name(declared)) + ", the bytes are " +
               std::string(name(found)),
           "umoci trusts the type and fails");
  }
  if (found == Compression::zstd) {
    report(findings, DiagnosticCode::zstd_old, DiagnosticLevel::note, "S09", {},
           "layer is compressed with zstd", "docker 20.10 and some podman 4.3 cannot read it");
  }
}

void check_after(const ImageLayer& layer, const Digest& blob, const Digest& archive) {
  if (blob != layer.descriptor.digest()) {
    throw Error(ErrorKind::corrupt, "blob " + layer.descriptor.digest().to_string() +
                                        ": its bytes have the digest " + blob.to_string());
  }
  if (archive != layer.diff_id.digest) {
    throw Error(reject(DiagnosticCode::diff_id, "J03",
                       "archive has the digest " + archive.to_string() + ", not " +
                           layer.diff_id.digest.to_string()));
  }
}

}  // namespace

std::uint64_t window_limit_of_each(std::size_t threads) {
  return std::max(least_window_limit_bytes,
                  std::bit_floor(windows_together_bytes / std::max<std::size_t>(threads, 1)));
}

std::shared_ptr<const LayerIndex> read_layer(std::shared_ptr<const RandomAccess> blob,
                                             const ImageLayer& layer, Observer& observer,
                                             LayerPassSink* sink, const std::stop_token& stop,
                                             Workers* workers, std::uint64_t window_limit_bytes) {
  const std::string subject = layer.descriptor.digest().to_string();
  auto index = std::make_shared<LayerIndex>(layer.diff_id);
  naming_layer(subject, [&] {
    const std::optional<MediaType> type = parse_media_type(layer.descriptor.media_type());
    check_before(*blob, layer.descriptor, type);
    const Compression compression = compression_of(*blob);
    FindingsKeeper findings(*index, subject);
    report_compression(compression, type->compression, findings);

    ByteMeter blob_meter;
    blob_meter.hasher.emplace(layer.descriptor.digest().algorithm());
    ByteMeter archive_meter;
    // An uncompressed blob is its archive: hashing it once is enough.
    const bool same_bytes =
        compression == Compression::none &&
        layer.diff_id.digest.algorithm() == layer.descriptor.digest().algorithm();
    if (!same_bytes) {
      const DigestAlgorithm algorithm = layer.diff_id.digest.algorithm();
      if (workers == nullptr) {
        archive_meter.hasher.emplace(algorithm);
      } else {
        archive_meter.elsewhere.emplace(*workers, stop, algorithm);
      }
    }
    const PassWatchers watchers{observer, sink, stop, subject, layer.descriptor.size_bytes()};
    read_pass(blob, compression, blob_meter, archive_meter, *index, findings, watchers,
              window_limit_bytes);

    const Digest blob_digest = blob_meter.finish();
    check_after(layer, blob_digest, same_bytes ? blob_digest : archive_meter.finish());
  });
  return index;
}

std::shared_ptr<const LayerIndex> read_archive(std::shared_ptr<const RandomAccess> file,
                                               Observer& observer) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});  // known after the pass
  FindingsKeeper findings(*index, {});
  ByteMeter blob_meter;
  ByteMeter archive_meter;
  archive_meter.hasher.emplace();
  const PassWatchers watchers{observer, nullptr, {}, "archive", file->size_bytes()};
  read_pass(file, compression_of(*file), blob_meter, archive_meter, *index, findings, watchers);
  index->diff_id = DiffId{archive_meter.finish()};
  return index;
}

}  // namespace imgops
