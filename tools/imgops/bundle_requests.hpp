// What a bundle is to bring, from the words of the user.
#pragma once

#include "libimgops/transfer/bundle_writer.hpp"
#include "tools/imgops/context.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace imgops::cli {

struct BundleRequests {
  std::vector<BundleRequest> requests;
  std::vector<const BlobSource*> sources;  // of all images, each once
  Place* home = nullptr;                   // of the first new image
};

// OLD..NEW, ..NEW (from its base) and scratch..NEW. NEW is a ref, and the name the receiver gets;
// OLD any whole image. Throws Error(invalid_argument) for other words.
BundleRequests parse_bundle_requests(Context& context, std::span<const std::string> words);

}  // namespace imgops::cli
