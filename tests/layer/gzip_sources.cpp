#include "tests/layer/gzip_sources.hpp"

#include "libimgops/base/hasher.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

namespace imgops::testing {
namespace {

constexpr int with_gzip_header = 15 + 16;

Bytef* unsigned_bytes(const char* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
}

std::string member_by_zlib(std::string_view text, const ZlibManner& manner) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, manner.level, Z_DEFLATED, with_gzip_header, 8, manner.strategy),
            Z_OK);
  const std::size_t step = manner.flush_bytes == 0 ? text.size() : manner.flush_bytes;
  std::string out;
  int answer = Z_OK;
  while (answer != Z_STREAM_END) {
    const std::size_t count = std::min(step, text.size());
    stream.next_in = unsigned_bytes(text.data());
    stream.avail_in = static_cast<uInt>(count);
    text.remove_prefix(count);
    do {
      char buffer[1 << 16];
      stream.next_out = unsigned_bytes(buffer);
      stream.avail_out = sizeof buffer;
      answer = deflate(&stream, text.empty() ? Z_FINISH : Z_SYNC_FLUSH);
      out.append(buffer, sizeof buffer - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

class DamagedBlob final : public RandomAccess {
 public:
  explicit DamagedBlob(std::unique_ptr<RandomAccess> below) : below_(std::move(below)) {}
  std::uint64_t size_bytes() const override { return below_->size_bytes(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override {
    const std::size_t count = below_->read_at(offset, buffer);
    for (std::size_t at = 0; at < count; ++at) {
      const std::uint64_t place = offset + at;
      if (place / 16 == size_bytes() / 2 / 16) buffer[at] ^= std::byte{0xff};
    }
    return count;
  }

 private:
  std::unique_ptr<RandomAccess> below_;
};

}  // namespace

std::string gzip_by_zlib(const std::string& text, const ZlibManner& manner) {
  const std::size_t step = manner.member_bytes == 0 ? text.size() : manner.member_bytes;
  std::string blob;
  for (std::size_t at = 0; at < text.size(); at += step) {
    blob += member_by_zlib(std::string_view(text).substr(at, step), manner);
  }
  return blob;
}

ImageLayer add_blob(MemoryBlobs& blobs, const std::string& archive, const std::string& blob) {
  return {Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", blobs.add(blob), blob.size()),
          DiffId{digest_of(as_bytes(archive))}};
}

std::string gunzip_by_zlib(const std::string& blob) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, with_gzip_header), Z_OK);
  stream.next_in = unsigned_bytes(blob.data());
  stream.avail_in = static_cast<uInt>(blob.size());
  std::string text;
  int answer = Z_OK;
  while (answer == Z_OK) {
    char buffer[1 << 16];
    stream.next_out = unsigned_bytes(buffer);
    stream.avail_out = sizeof buffer;
    answer = inflate(&stream, Z_NO_FLUSH);
    text.append(buffer, sizeof buffer - stream.avail_out);
  }
  const bool is_whole = answer == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  EXPECT_TRUE(is_whole) << answer;
  return is_whole ? text : "";
}

std::unique_ptr<RandomAccess> DamagedBlobs::find(const Digest& digest) const {
  auto blob = below_.find(digest);
  if (blob == nullptr || !damaged_) return blob;
  return std::make_unique<DamagedBlob>(std::move(blob));
}

}  // namespace imgops::testing
