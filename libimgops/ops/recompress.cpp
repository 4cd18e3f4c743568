// One pass a layer, no byte on disk but the new blob:
//
//     blob ─ verify ─ decoder ─ hash ─ encoder ─ new blob
//
// A blob that occurs several times is packed once.
#include "libimgops/ops/recompress.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/exchange_layers.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/verified.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::uint64_t progress_step_bytes = 4 << 20;

Compression compression_of(const RandomAccess& blob) {
  std::array<std::byte, 8> first{};
  const std::size_t filled = blob.read_at(0, first);
  return detect_compression(ByteView(first).first(filled));
}

// Counts what a decoder takes of a blob, for progress.
class CountingSource final : public Source {
 public:
  CountingSource(std::unique_ptr<Source> source, std::uint64_t& bytes)
      : source_(std::move(source)), bytes_(bytes) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t count = source_->read(buffer);
    bytes_ += count;
    return count;
  }

 private:
  std::unique_ptr<Source> source_;
  std::uint64_t& bytes_;
};

class Packer {
 public:
  Packer(const Operation& operation, MediaFamily family) : operation_(operation), family_(family) {}

  ImageLayer pack(const ImageLayer& layer) {
    const auto type = parse_media_type(layer.descriptor.media_type());
    if (!type || type->kind != MediaKind::layer) return layer;
    const auto known = packed_.find(layer.descriptor.digest());
    if (known == packed_.end()) {
      packed_.emplace(layer.descriptor.digest(), pack_blob(layer));
    }
    const auto& packed = packed_.at(layer.descriptor.digest());
    if (packed.digest == layer.descriptor.digest()) return typed(layer, *type);
    return {describe_anew(layer.descriptor, family_, operation_.encoder.compression, packed.digest,
                          packed.size_bytes),
            layer.diff_id};
  }

 private:
  struct Packed {
    Digest digest;
    std::uint64_t size_bytes = 0;
  };

  // The bytes stay; a type that does not say what they are is corrected.
  ImageLayer typed(const ImageLayer& layer, const MediaType& type) const {
    if (type.compression == operation_.encoder.compression) return layer;
    Json json = layer.descriptor.json();
    MediaType right = type;
    right.compression = operation_.encoder.compression;
    json["mediaType"] = media_type_text(right);
    return {Descriptor::parse(json, "layer"), layer.diff_id};
  }

  Packed pack_blob(const ImageLayer& layer) const {
    const std::shared_ptr<const RandomAccess> blob =
        operation_.blobs.open(layer.descriptor.digest());
    const Compression found = compression_of(*blob);
    const bool is_packed = found == operation_.encoder.compression;
    const bool has_no_level = found == Compression::none || operation_.encoder.level == 0;
    if (is_packed && has_no_level) {
      return {layer.descriptor.digest(), layer.descriptor.size_bytes()};
    }
    const std::unique_ptr<BlobWriter> writer = operation_.blobs.create();
    const std::unique_ptr<FinishingSink> encoder =
        make_encoder(*writer, operation_.workers, operation_.encoder);
    const Digest archive =
        copy_archive(layer.descriptor, blob, found, *encoder, layer.diff_id.digest.algorithm());
    if (archive != layer.diff_id.digest) {
      throw Error(reject(DiagnosticCode::diff_id, "J03",
                         "archive has the digest " + archive.to_string() + ", not " +
                             layer.diff_id.digest.to_string()));
    }
    encoder->finish();
    const std::uint64_t size_bytes = writer->size_bytes();
    return {writer->commit(), size_bytes};
  }

  Digest copy_archive(const Descriptor& descriptor, const std::shared_ptr<const RandomAccess>& blob,
                      Compression compression, Sink& sink, DigestAlgorithm algorithm) const {
    const std::string subject = descriptor.digest().to_string();
    std::uint64_t taken = 0;
    std::uint64_t told = 0;
    const std::unique_ptr<Decoder> decoder = make_decoder(
        compression, std::make_unique<CountingSource>(
                         std::make_unique<VerifiedSource>(blob, descriptor, subject), taken));
    DigestHasher hasher(algorithm);
    std::vector<std::byte> piece(piece_bytes);
    while (const std::size_t count = decoder->read(piece)) {
      if (operation_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      const auto bytes = ByteView(piece).first(count);
      hasher.update(bytes);
      sink.write(bytes);
      if (taken - told < progress_step_bytes) continue;
      told = taken;
      operation_.observer.progress("write", subject, taken, descriptor.size_bytes());
    }
    operation_.observer.progress("write", subject, descriptor.size_bytes(),
                                 descriptor.size_bytes());
    return hasher.finish();
  }

  const Operation& operation_;
  MediaFamily family_;
  std::map<Digest, Packed> packed_;  // by the digest of the old blob
};

// Says that a layer which others hosted is now an ordinary one (J01).
void report_foreign(const ImageLayer& layer, std::size_t number, Observer& observer) {
  const auto type = parse_media_type(layer.descriptor.media_type());
  if (!type || !type->foreign) return;
  Diagnostic diagnostic;
  diagnostic.code = DiagnosticCode::foreign_layer;
  diagnostic.level = DiagnosticLevel::note;
  diagnostic.row = "J01";
  diagnostic.layer_index = number;
  diagnostic.layer = layer.descriptor.digest().to_string();
  diagnostic.message = "was a foreign layer, and is an ordinary one now";
  observer.diagnose(diagnostic);
}

RecompressResult recompress_range(const Operation& operation, const Image& image,
                                  LayerRange range) {
  std::vector<ImageLayer> layers(image.layers().begin(), image.layers().end());
  RecompressResult result{image, {}};
  Packer packer(operation, image.family());
  for (std::size_t number = range.first; number < range.end; ++number) {
    ImageLayer& layer = layers[number];
    const ImageLayer before = layer;
    layer = with_context(
        fmt::format("layer {} ({})", number + 1, before.descriptor.digest().short_text()),
        [&] { return packer.pack(before); });
    if (!(layer.descriptor == before.descriptor)) {
      report_foreign(before, number, operation.observer);
    }
    result.layers.push_back({number, before.descriptor, layer.descriptor});
  }
  result.image = exchange_layers(image, layers);
  if (!(result.image.descriptor() == image.descriptor())) {
    store_image(operation.blobs, result.image);
  }
  return result;
}

}  // namespace

RecompressResult recompress(const Operation& operation, const Image& image, LayerRange range) {
  if (range.first > range.end || range.end > image.layers().size()) {
    throw Error(ErrorKind::invalid_argument, "the range has more layers than the image");
  }
  return of_image(operation, image, [&] { return recompress_range(operation, image, range); });
}

}  // namespace imgops
