// gzip out of bytes that are encoded and of deflate blocks that are copied from other gzip streams.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/codec/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace imgops {

// One member, as make_encoder() writes it where nothing is spliced; blocks of 1 MiB are counted
// from the end of what was spliced last. The bytes depend on the calls alone, not on threads.
class SplicingEncoder : public FinishingSink {
 public:
  // Goes on with the block as it is, whose decoded bytes are `decoded` (believed: the caller
  // decoded them from it). Every match in it must find the bytes it found where it comes from: the
  // 32 KiB before it, or those since its stream began, are what was written or spliced last.
  virtual void splice(DeflateBlock block, ByteView decoded) = 0;
  // How many bytes more `bytes` take when they are encoded after `before`.
  virtual std::size_t encoded_size(ByteView before, ByteView bytes) = 0;
};

// `level` as in EncoderOptions.
std::unique_ptr<SplicingEncoder> make_splicing_encoder(Sink& sink, Workers& workers, int level);

}  // namespace imgops
