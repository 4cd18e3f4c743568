// First the documents say which blobs each receiver has and lacks. Then each missing layer is told
// by the layers its receivers share (layer_delta.hpp), and the delta is applied to see whether it
// gives the layer, and our encoder the blob. What does not, or saves nothing, goes whole. Parts
// wait in a file without a name, since the index that stands before them says how long they are.
#include "libimgops/transfer/bundle_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/verified.hpp"
#include "libimgops/transfer/blob_encoding.hpp"
#include "libimgops/transfer/bundle.hpp"
#include "libimgops/transfer/delta_writer.hpp"
#include "libimgops/transfer/hashing_sinks.hpp"
#include "libimgops/transfer/layer_delta.hpp"
#include "libimgops/transfer/spool.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t most_unknown_document_bytes = std::uint64_t{1} << 20;
constexpr std::size_t most_encodings_tried = 3;

bool is_layer_type(const Descriptor& blob) {
  const auto type = parse_media_type(blob.media_type());
  return type && type->kind == MediaKind::layer;
}

// Small things that are no layers travel together.
bool is_document(const Descriptor& blob) {
  const auto type = parse_media_type(blob.media_type());
  if (type) return type->kind != MediaKind::layer;
  return blob.size_bytes() <= most_unknown_document_bytes;
}

// One request, looked into.
struct Receiver {
  std::vector<ImageLayer> old_layers;  // bottom first, platform after platform
  std::set<Digest> has;
  std::vector<Descriptor> wants;  // children before parents
};

class BundleMaker {
 public:
  BundleMaker(const BundleWriting& writing, std::span<const BundleRequest> requests)
      : writing_(writing), requests_(requests), parts_(writing.spool_directory) {}

  BundleIndex run(Sink& sink) {
    for (const BundleRequest& request : requests_) look_into(request);
    list_blobs();
    write_documents();
    for (const Descriptor& blob : missing_) write_blob(blob);
    seal(sink);
    return std::move(index_);
  }

 private:
  void look_into(const BundleRequest& request) {
    if (!is_reference_name(request.name)) {
      throw Error(ErrorKind::invalid_argument,
                  "'" + printable(request.name) + "' is no name for an image");
    }
    BundleImage image{request.name, std::nullopt, {}, plain(request.new_root)};
    Receiver receiver;
    if (request.old_root) {
      image.old_root = request.old_root->digest();
      for (const Descriptor& blob : closure(writing_.blobs, *request.old_root, request.name)) {
        receiver.has.insert(blob.digest());
      }
      for (const PlatformImage& old : platforms(*request.old_root, request.name)) {
        image.old_ids.push_back(old.image.configuration_descriptor().digest());
        for (const ImageLayer& layer : old.image.layers()) {
          learn(layer);
          receiver.old_layers.push_back(layer);
        }
      }
    }
    for (const PlatformImage& fresh : platforms(request.new_root, request.name)) {
      for (const ImageLayer& layer : fresh.image.layers()) learn(layer);
    }
    receiver.wants = closure(writing_.blobs, request.new_root, request.name);
    index_.images.push_back(std::move(image));
    receivers_.push_back(std::move(receiver));
  }

  static Descriptor plain(const Descriptor& root) {
    return {root.media_type(), root.digest(), root.size_bytes()};
  }

  std::vector<PlatformImage> platforms(const Descriptor& root, std::string_view subject) const {
    return load_platforms(writing_.blobs, root, subject);
  }

  void learn(const ImageLayer& layer) { layers_.emplace(layer.descriptor.digest(), layer); }

  // Documents go along always; a blob that somebody lacks goes along, all others are required.
  void list_blobs() {
    std::set<Digest> seen;
    for (std::size_t number = 0; number < receivers_.size(); ++number) {
      const Receiver& receiver = receivers_[number];
      for (const Descriptor& blob : receiver.wants) {
        if (is_document(blob)) {
          if (!seen.insert(blob.digest()).second) continue;
          index_.documents.push_back({blob.digest(), blob.size_bytes()});
          documents_.push_back(blob);
        } else if (!receiver.has.contains(blob.digest())) {
          std::vector<std::size_t>& lacking = lacking_[blob.digest()];
          if (lacking.empty()) missing_.push_back(blob);
          lacking.push_back(number);
        }
      }
    }
    for (const Receiver& receiver : receivers_) {
      for (const Descriptor& blob : receiver.wants) {
        if (!is_document(blob) && !lacking_.contains(blob.digest())) require(blob);
      }
    }
  }

  std::size_t require(const Descriptor& blob) {
    const auto [place, is_new] = required_.try_emplace(blob.digest(), index_.prerequisites.size());
    if (is_new) {
      const auto layer = layers_.find(blob.digest());
      std::optional<DiffId> diff_id;
      if (layer != layers_.end()) diff_id = layer->second.diff_id;
      index_.prerequisites.push_back({plain(blob), diff_id});
    }
    return place->second;
  }

  void write_documents() {
    PartSink part(parts_);
    const std::vector<DeltaSource> none;
    DeltaWriter out(none, part);
    for (const Descriptor& document : documents_) {
      const std::string text = read_document(writing_.blobs, document, configuration_limit_bytes,
                                             "document " + document.digest().to_string());
      for (std::string_view rest = text; !rest.empty();) {
        const std::string_view piece = rest.substr(0, delta_frame_limit_bytes);
        out.add(as_bytes(piece));
        rest.remove_prefix(piece.size());
      }
    }
    out.finish();
    index_.parts.push_back(part.finish());
  }

  void write_blob(const Descriptor& blob) {
    const auto layer = layers_.find(blob.digest());
    const bool is_known = layer != layers_.end() && is_layer_type(blob);
    const std::string name = "layer " + blob.digest().to_string();
    writing_.observer.progress("bundle", blob.digest().short_text(), 0, blob.size_bytes());
    if (!is_known || writing_.deltas == Deltas::none) {
      write_whole(blob);
    } else {
      with_context(name, [&] { write_layer_blob(layer->second); });
    }
    writing_.observer.progress("bundle", blob.digest().short_text(), blob.size_bytes(),
                               blob.size_bytes());
  }

  void write_layer_blob(const ImageLayer& layer) {
    if (write_archive_delta(layer)) return;
    if (write_blob_delta(layer)) return;
    write_whole(layer.descriptor);
  }

  // Layers every receiver has that lacks `blob`, as the first of them has them.
  std::vector<ImageLayer> sources_for(const Digest& blob) const {
    std::vector<ImageLayer> sources;
    const std::vector<std::size_t>& lacking = lacking_.at(blob);
    for (const ImageLayer& layer : receivers_[lacking.front()].old_layers) {
      const bool is_there = std::ranges::any_of(
          sources, [&](const ImageLayer& other) { return other.diff_id == layer.diff_id; });
      if (!is_there && is_layer_type(layer.descriptor)) sources.push_back(layer);
    }
    for (const std::size_t number : lacking) {
      std::erase_if(sources, [&](const ImageLayer& layer) {
        return !receivers_[number].has.contains(layer.descriptor.digest());
      });
    }
    return sources;
  }

  LayerIndexes open(std::span<const ImageLayer> layers) const {
    return writing_.layers.open(layers, writing_.workers, writing_.observer, writing_.stop);
  }

  BundleBlob described(const ImageLayer& layer, BlobForm form) const {
    BundleBlob blob{layer.descriptor.digest(), layer.descriptor.size_bytes(), layer.diff_id};
    blob.form = form;
    return blob;
  }

  bool write_archive_delta(const ImageLayer& layer) {
    const auto target = open(std::span(&layer, 1)).front();
    const std::shared_ptr<const RandomAccess> stored =
        writing_.blobs.open(layer.descriptor.digest());
    const auto cursor = writing_.layers.cursor(*target);
    PossibleEncodings encodings(*stored, *cursor, target->archive_bytes);
    auto encoding = encodings.next(writing_.workers);
    const bool may_be_spliced = is_written_by_us(*stored);
    if (!encoding && !may_be_spliced) return false;
    const std::vector<ImageLayer> candidates = sources_for(layer.descriptor.digest());
    const LayerIndexes sources = open(candidates);
    const auto delta = std::make_shared<Spool>(writing_.spool_directory);
    const std::vector<std::uint32_t> used =
        write_layer_delta(*target, sources, writing_.layers, *delta, writing_.stop);
    if (delta->size_bytes() >= layer.descriptor.size_bytes()) return false;
    LayerIndexes used_sources;
    BundleBlob blob = described(layer, BlobForm::archive_delta);
    for (const std::uint32_t number : used) used_sources.push_back(sources[number]);
    blob.archive_bytes = target->archive_bytes;
    const std::vector<DeltaSource> spans = archive_sources(writing_.layers, used_sources);
    for (std::size_t tried = 0; encoding && !gives(*delta, spans, blob, *encoding);) {
      encoding = ++tried == most_encodings_tried ? std::nullopt : encodings.next(writing_.workers);
    }
    if (!encoding) {
      blob.is_spliced = may_be_spliced && gives_spliced(*delta, used_sources, blob);
      if (!blob.is_spliced) return false;
      encoding = EncoderOptions{};
    }
    blob.compression = encoding->compression;
    blob.level = encoding->level;
    blob.encoder = encoder_version(encoding->compression);
    for (const std::uint32_t number : used) {
      blob.sources.push_back(require(candidates[number].descriptor));
    }
    take(std::move(blob), *delta);
    return true;
  }

  // Whether the delta makes exactly the layer, and the encoder exactly the blob.
  bool gives(const RandomAccess& delta, const std::vector<DeltaSource>& sources,
             const BundleBlob& blob, const EncoderOptions& options) const {
    HashingSink encoded(blob.digest.algorithm());
    const auto encoder = make_encoder(encoded, writing_.workers, options);
    TeeSink archive(*encoder, blob.diff_id->digest.algorithm());
    apply_delta(delta, sources, blob.archive_bytes, archive, writing_.stop);
    encoder->finish();
    return archive.finish() == blob.diff_id->digest && encoded.finish() == blob.digest;
  }

  bool gives_spliced(const RandomAccess& delta, const LayerIndexes& sources,
                     const BundleBlob& blob) const {
    if (sources.empty()) return false;
    HashingSink encoded(blob.digest.algorithm());
    const Digest archive =
        apply_spliced(delta, sources, writing_.layers, writing_.workers, blob.archive_bytes,
                      EncoderOptions{}.level, encoded, writing_.stop);
    return archive == blob.diff_id->digest && encoded.finish() == blob.digest;
  }

  // Of compressed bytes: where another program compressed them, and only their ends differ.
  bool write_blob_delta(const ImageLayer& layer) {
    const std::shared_ptr<const RandomAccess> target =
        writing_.blobs.open(layer.descriptor.digest());
    for (const ImageLayer& candidate : sources_for(layer.descriptor.digest())) {
      const std::shared_ptr<const RandomAccess> source =
          writing_.blobs.open(candidate.descriptor.digest());
      const auto delta = std::make_shared<Spool>(writing_.spool_directory);
      if (!write_bytes_delta(target, source, *delta)) continue;
      if (delta->size_bytes() >= target->size_bytes()) continue;
      HashingSink made(layer.descriptor.digest().algorithm());
      apply_delta(*delta, {plain_source(source)}, target->size_bytes(), made, writing_.stop);
      if (made.finish() != layer.descriptor.digest()) continue;
      BundleBlob blob = described(layer, BlobForm::blob_delta);
      blob.sources = {require(candidate.descriptor)};
      take(std::move(blob), *delta);
      return true;
    }
    return false;
  }

  void write_whole(const Descriptor& blob) {
    BundleBlob described{blob.digest(), blob.size_bytes()};
    const auto layer = layers_.find(blob.digest());
    if (layer != layers_.end()) described.diff_id = layer->second.diff_id;
    VerifiedSource source(writing_.blobs.open(blob.digest()), blob, "bundle");
    PartSink part(parts_);
    copy(source, part);
    index_.parts.push_back(part.finish());
    index_.blobs.push_back(std::move(described));
  }

  void take(BundleBlob blob, const RandomAccess& delta) {
    RandomAccessSource source({std::shared_ptr<void>(), &delta});
    PartSink part(parts_);
    copy(source, part);
    index_.parts.push_back(part.finish());
    index_.blobs.push_back(std::move(blob));
  }

  void seal(Sink& sink) const {
    TeeSink sealed(sink, DigestAlgorithm::sha256);
    sealed.write(as_bytes(encode_bundle_head(index_)));
    RandomAccessSource parts({std::shared_ptr<void>(), &parts_});
    copy(parts, sealed);
    sink.write(sealed.finish().value());
  }

  // Counts and hashes what goes on.
  class PartSink final : public Sink {
   public:
    explicit PartSink(Sink& sink) : sink_(sink, DigestAlgorithm::sha256) {}
    void write(ByteView bytes) override {
      sink_.write(bytes);
      size_bytes_ += bytes.size();
    }
    BundlePart finish() { return {size_bytes_, sink_.finish()}; }

   private:
    TeeSink sink_;
    std::uint64_t size_bytes_ = 0;
  };

  const BundleWriting& writing_;
  std::span<const BundleRequest> requests_;
  Spool parts_;
  BundleIndex index_;
  std::vector<Receiver> receivers_;
  std::map<Digest, ImageLayer> layers_;  // by blob
  std::vector<Descriptor> documents_;
  std::vector<Descriptor> missing_;
  std::map<Digest, std::vector<std::size_t>> lacking_;  // receivers, by blob
  std::map<Digest, std::size_t> required_;
};

}  // namespace

BundleIndex write_bundle(const BundleWriting& writing, std::span<const BundleRequest> requests,
                         Sink& sink) {
  return BundleMaker(writing, requests).run(sink);
}

}  // namespace imgops
