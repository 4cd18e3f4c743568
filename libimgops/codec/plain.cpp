#include "libimgops/base/error.hpp"
#include "libimgops/codec/decoders.hpp"
#include "libimgops/codec/encoders.hpp"

#include <utility>

namespace imgops {
namespace {

class PlainDecoder final : public Decoder {
 public:
  PlainDecoder(std::unique_ptr<Source> blob, std::uint64_t offset_bytes)
      : blob_(std::move(blob)), offset_bytes_(offset_bytes) {}

  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t count = blob_->read(buffer);
    offset_bytes_ += count;
    return count;
  }

  bool save(Checkpoint& checkpoint) const override {
    checkpoint = Checkpoint{offset_bytes_, offset_bytes_, {}};
    return true;
  }

 private:
  std::unique_ptr<Source> blob_;
  std::uint64_t offset_bytes_;
};

class PlainEncoder final : public FinishingSink {
 public:
  explicit PlainEncoder(Sink& sink) : sink_(sink) {}
  void write(ByteView bytes) override { sink_.write(bytes); }
  void finish() override {}

 private:
  Sink& sink_;
};

}  // namespace

std::unique_ptr<Decoder> make_plain_decoder(std::unique_ptr<Source> blob, const Checkpoint& start) {
  if (!start.state.empty() || start.archive_offset_bytes != start.blob_offset_bytes) {
    throw Error(ErrorKind::corrupt, "checkpoint: not of an uncompressed blob");
  }
  return std::make_unique<PlainDecoder>(std::move(blob), start.blob_offset_bytes);
}

std::unique_ptr<FinishingSink> make_plain_encoder(Sink& sink) {
  return std::make_unique<PlainEncoder>(sink);
}

}  // namespace imgops
