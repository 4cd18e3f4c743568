#include "libimgops/codec/gzip_members.hpp"

#include "libimgops/base/error.hpp"

#include <zlib.h>

#include <array>
#include <new>

namespace imgops {
namespace {

constexpr int gzip_window = 15 + 16;  // the largest, in a gzip wrapper

class MemberInflater {
 public:
  MemberInflater() {
    if (inflateInit2(&stream_, gzip_window) != Z_OK) throw std::bad_alloc();
  }
  ~MemberInflater() { inflateEnd(&stream_); }
  MemberInflater(const MemberInflater&) = delete;
  MemberInflater& operator=(const MemberInflater&) = delete;
  z_stream& stream() noexcept { return stream_; }

 private:
  z_stream stream_{};
};

[[noreturn]] void throw_damaged(const char* what) {
  throw Error(reject(DiagnosticCode::codec_check, "S08", what));
}

}  // namespace

std::uint64_t decode_gzip_member(const RandomAccess& file, std::uint64_t offset_bytes, Sink& sink,
                                 std::uint64_t limit_bytes) {
  std::array<std::byte, 16 * 1024> input{};
  std::array<std::byte, 64 * 1024> output{};
  MemberInflater inflater;
  z_stream& stream = inflater.stream();
  std::uint64_t read_bytes = 0;
  std::uint64_t decoded_bytes = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const std::size_t count = file.read_at(offset_bytes + read_bytes, input);
      if (count == 0) throw_damaged("gzip member is cut off");
      read_bytes += count;
      stream.next_in = reinterpret_cast<Bytef*>(input.data());
      stream.avail_in = static_cast<uInt>(count);
    }
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      throw_damaged("gzip member is damaged");
    }
    const std::size_t count = output.size() - stream.avail_out;
    decoded_bytes += count;
    if (decoded_bytes > limit_bytes) {
      throw Error(reject(DiagnosticCode::meta_size, "T25", "gzip member holds too much"));
    }
    sink.write(ByteView(output).first(count));
  }
  return offset_bytes + read_bytes - stream.avail_in;
}

}  // namespace imgops
