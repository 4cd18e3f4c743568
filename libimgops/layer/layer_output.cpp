#include "libimgops/layer/layer_output.hpp"

#include <utility>

namespace imgops {

LayerOutput::LayerOutput(BlobStore& blobs, Workers& workers, const EncoderOptions& options,
                         MediaFamily family, const std::stop_token& stop)
    : workers_(workers),
      blob_(blobs.create()),
      type_{family, MediaKind::layer, options.compression, false} {
  if (options.splices && options.compression == Compression::gzip) {
    auto encoder = make_splicing_encoder(*blob_, workers, options.level);
    splicing_ = encoder.get();
    encoder_ = std::move(encoder);
  } else {
    encoder_ = make_encoder(*blob_, workers, options);
  }
  const auto passing = splicing_ == nullptr ? ArchiveSink::Passing::in_blocks  // fewer, larger
                                            : ArchiveSink::Passing::at_once;
  archive_ = std::make_unique<ArchiveSink>(*encoder_, workers, stop, passing);
}

WrittenLayer LayerOutput::finish() {
  const DiffId diff_id{archive_->finish()};
  encoder_->finish();
  const std::uint64_t blob_bytes = blob_->size_bytes();
  const Descriptor descriptor(media_type_text(type_), blob_->commit(), blob_bytes);
  return {ImageLayer{descriptor, diff_id}, archive_->size_bytes()};
}

}  // namespace imgops
