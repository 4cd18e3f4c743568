// Whether our own encoder makes a blob of its archive again, so that only the archive need travel.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

// Whether a gzip blob ends as all of ours do, spliced or not: what costs a pass need not be tried
// on others.
bool is_written_by_us(const RandomAccess& blob);

// Options with which make_encoder() may have made `blob` of the archive behind `archive`, one after
// the other, the likeliest first, judged by their beginnings; none for a blob of another program.
// Encoding all of it decides.
class PossibleEncodings {
 public:
  // `blob` outlives it.
  PossibleEncodings(const RandomAccess& blob, ArchiveCursor& archive, std::uint64_t archive_bytes);
  // Nullopt when there are no more.
  std::optional<EncoderOptions> next(Workers& workers);

 private:
  bool fits(const EncoderOptions& options, Workers& workers) const;

  const RandomAccess& blob_;
  bool is_whole_ = true;  // the sample is all of the archive
  std::string sample_;
  std::vector<EncoderOptions> untried_;  // the likeliest last
};

}  // namespace imgops
