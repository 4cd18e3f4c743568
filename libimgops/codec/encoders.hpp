// The encoders one by one, for codec.cpp. Private to codec.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"

#include <memory>
#include <string>

namespace imgops {

// `level` as the library counts, not 0. Throw Error(invalid_argument) when it does not exist.
std::unique_ptr<FinishingSink> make_gzip_encoder(Sink& sink, Workers& workers, int level);
std::unique_ptr<FinishingSink> make_zstd_encoder(Sink& sink, Workers& workers, int level);
std::unique_ptr<FinishingSink> make_plain_encoder(Sink& sink);

// The library behind an encoder, its version and how we cut its input.
std::string gzip_encoder_version();
std::string zstd_encoder_version();

}  // namespace imgops
