// What every operation is given: places, threads, a watcher, a clock that has been read already.
#pragma once

#include "libimgops/base/error.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/base/timestamp.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/store/blob_store.hpp"

#include <stop_token>
#include <string>

namespace imgops {

// Operations add blobs and return images; they move no name. `blobs` may be an overlay (dry run).
struct Operation {
  BlobStore& blobs;
  LayerCache& layers;
  Workers& workers;
  Observer& observer;
  EncoderOptions encoder;
  std::stop_token stop;
  std::string subject = {};  // the image as the user named it, printable; empty: its digest tells
};

// Runs `work`; an Error that leaves it says which image it was about.
template <class Work>
auto of_image(const Operation& operation, const Image& image, const Work& work) {
  const bool is_named = !operation.subject.empty();
  return with_context(
      is_named ? operation.subject : "image " + image.descriptor().digest().short_text(), work);
}

}  // namespace imgops
