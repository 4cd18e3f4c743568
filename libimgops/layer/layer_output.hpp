// A new layer while it is written: archive, encoder and blob put together. Private to `layer`.
#pragma once

#include "libimgops/base/workers.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/codec/splicing_encoder.hpp"
#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/store/blob_store.hpp"

#include <memory>
#include <stop_token>

namespace imgops {

// Not thread-safe. Without finish() nothing is left of it.
class LayerOutput {
 public:
  LayerOutput(BlobStore& blobs, Workers& workers, const EncoderOptions& options, MediaFamily family,
              const std::stop_token& stop);

  ArchiveSink& archive() noexcept { return *archive_; }
  // What blocks can be spliced into, behind what was written to archive(); null where they cannot.
  SplicingEncoder* splicing() noexcept { return splicing_; }
  Workers& workers() noexcept { return workers_; }
  // The layer, its blob committed. Once.
  WrittenLayer finish();

 private:
  Workers& workers_;
  std::unique_ptr<BlobWriter> blob_;
  std::unique_ptr<FinishingSink> encoder_;
  SplicingEncoder* splicing_ = nullptr;  // the encoder, or null
  std::unique_ptr<ArchiveSink> archive_;
  MediaType type_;
};

}  // namespace imgops
