#include "libimgops/transfer/bundle_layers.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/transfer/delta_reader.hpp"
#include "libimgops/transfer/hashing_sinks.hpp"
#include "libimgops/transfer/layer_delta.hpp"

#include <array>
#include <utility>

namespace imgops {
namespace {

// A delta may make much of little, but not without end: this, and so many times its sources.
constexpr std::uint64_t archive_bytes_anyway = std::uint64_t{16} << 30;
constexpr std::uint64_t archive_bytes_factor = 16;

std::string name_of(const BundleBlob& blob) {
  return "layer " + blob.digest.to_string();
}

// Refuses the first byte too many.
class LimitedSink final : public Sink {
 public:
  LimitedSink(Sink& sink, std::uint64_t limit_bytes, std::string subject)
      : sink_(sink), left_(limit_bytes), subject_(std::move(subject)) {}
  void write(ByteView bytes) override {
    if (bytes.size() > left_) {
      throw Error(ErrorKind::corrupt, subject_ + ": becomes larger than the bundle says");
    }
    left_ -= bytes.size();
    sink_.write(bytes);
  }

 private:
  Sink& sink_;
  std::uint64_t left_;
  std::string subject_;
};

const ImageLayer& find_known(const BundlePrerequisite& prerequisite, const KnownLayers& known) {
  const auto found = known.find(*prerequisite.diff_id);
  if (found != known.end()) return found->second;
  throw Error(ErrorKind::not_found,
              "prerequisite " + prerequisite.diff_id->digest.to_string() + ": not here");
}

LayerIndexes open_layers(const std::vector<ImageLayer>& layers, const BundleReceiving& receiving) {
  return with_context("prerequisites", [&] {
    return receiving.layers.open(layers, receiving.workers, receiving.observer, receiving.stop);
  });
}

void check_size(const BundleBlob& blob, const LayerIndexes& sources) {
  std::uint64_t limit = archive_bytes_anyway;
  for (const auto& source : sources) limit += archive_bytes_factor * source->archive_bytes;
  if (blob.archive_bytes <= limit) return;
  throw Error(ErrorKind::corrupt, name_of(blob) + ": would become far larger than its sources");
}

// The archive of an archive_delta, with its DiffId proven.
void write_delta_archive(const Bundle& bundle, const BundleBlob& blob, const LayerIndexes& sources,
                         const BundleReceiving& receiving, Sink& sink) {
  check_size(blob, sources);
  TeeSink proven(sink, blob.diff_id->digest.algorithm());
  apply_delta(*bundle.part(blob), archive_sources(receiving.layers, sources), blob.archive_bytes,
              proven, receiving.stop);
  if (proven.finish() == blob.diff_id->digest) return;
  throw Error(ErrorKind::corrupt, name_of(blob) + ": its delta gives another archive");
}

void write_encoded(const Bundle& bundle, const BundleBlob& blob, const BundleReceiving& receiving,
                   Sink& sink) {
  std::vector<ImageLayer> layers;
  for (const std::size_t number : blob.sources) {
    const BundlePrerequisite& source = bundle.index().prerequisites[number];
    layers.push_back({source.blob, *source.diff_id});
  }
  LimitedSink limited(sink, blob.size_bytes, name_of(blob));
  if (blob.is_spliced) {
    const LayerIndexes sources = open_layers(layers, receiving);
    check_size(blob, sources);
    const Digest archive =
        apply_spliced(*bundle.part(blob), sources, receiving.layers, receiving.workers,
                      blob.archive_bytes, blob.level, limited, receiving.stop);
    if (archive == blob.diff_id->digest) return;
    throw Error(ErrorKind::corrupt, name_of(blob) + ": its delta gives another archive");
  }
  const auto encoder = make_encoder(limited, receiving.workers, {blob.compression, blob.level});
  write_delta_archive(bundle, blob, open_layers(layers, receiving), receiving, *encoder);
  encoder->finish();
}

void write_from_bytes(const Bundle& bundle, const BundleBlob& blob,
                      const BundleReceiving& receiving, Sink& sink) {
  std::vector<DeltaSource> sources;
  for (const std::size_t number : blob.sources) {
    sources.push_back(
        plain_source(receiving.blobs.open(bundle.index().prerequisites[number].blob.digest())));
  }
  apply_delta(*bundle.part(blob), sources, blob.size_bytes, sink, receiving.stop);
}

}  // namespace

void write_blob(const Bundle& bundle, const BundleBlob& blob, const BundleReceiving& receiving,
                Sink& sink) {
  TeeSink proven(sink, blob.digest.algorithm());
  switch (blob.form) {
    case BlobForm::whole: {
      RandomAccessSource source(bundle.part(blob));
      copy(source, proven);
      break;
    }
    case BlobForm::archive_delta: {
      // The archive was proven: only the encoder can differ, whether or not it says so.
      const bool is_other = blob.encoder != encoder_version(blob.compression);
      try {
        write_encoded(bundle, blob, receiving, proven);
      } catch (const Error& error) {
        if (!is_other || error.kind() != ErrorKind::corrupt) throw;
        throw Error(ErrorKind::unsupported, error.what(),
                    "the bundle was made with another encoder; 'imgops bundle create --whole' "
                    "does without");
      }
      const Digest made = proven.finish();
      if (made == blob.digest) return;
      throw Error(is_other ? ErrorKind::unsupported : ErrorKind::corrupt,
                  name_of(blob) + ": " + encoder_version(blob.compression) +
                      " gives other bytes than " + printable(blob.encoder),
                  is_other ? "'imgops bundle create --whole' does without encoders" : "");
    }
    case BlobForm::blob_delta:
      write_from_bytes(bundle, blob, receiving, proven);
      break;
  }
  if (proven.finish() == blob.digest) return;
  throw Error(ErrorKind::corrupt, name_of(blob) + ": the bundle gives another blob");
}

void write_archive(const Bundle& bundle, const BundleBlob& blob, const KnownLayers& known,
                   const BundleReceiving& receiving, Sink& sink) {
  if (blob.form == BlobForm::blob_delta) {
    throw Error(ErrorKind::not_found,
                name_of(blob) +
                    ": is there only as a delta of compressed bytes, which this "
                    "receiver does not keep",
                "'imgops bundle create --whole' makes one for it");
  }
  if (blob.form == BlobForm::whole) {
    const std::shared_ptr<const RandomAccess> part = bundle.part(blob);
    std::array<std::byte, 8> first{};
    const std::size_t count = part->read_at(0, first);
    const auto decoder = make_decoder(detect_compression(ByteView(first).first(count)), part);
    TeeSink proven(sink, blob.diff_id->digest.algorithm());
    copy(*decoder, proven);
    if (proven.finish() == blob.diff_id->digest) return;
    throw Error(ErrorKind::corrupt, name_of(blob) + ": its archive has another digest");
  }
  std::vector<ImageLayer> layers;
  for (const std::size_t number : blob.sources) {
    layers.push_back(find_known(bundle.index().prerequisites[number], known));
  }
  write_delta_archive(bundle, blob, open_layers(layers, receiving), receiving, sink);
}

}  // namespace imgops
