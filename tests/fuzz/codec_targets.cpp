#include "libimgops/base/error.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/codec/inflater.hpp"
#include "tests/fuzz/targets.hpp"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

namespace imgops::fuzz {
namespace {

constexpr std::size_t most_bytes = std::size_t{8} << 20;  // of bombs the beginning is enough

// The decoded bytes, cut at most_bytes; nullopt when the decoder refuses.
std::optional<std::string> decode(Compression compression, std::string_view bytes,
                                  std::size_t piece_bytes) {
  try {
    const auto decoder =
        make_decoder(compression, std::make_shared<const StringAccess>(std::string(bytes)));
    std::string text;
    std::string buffer(piece_bytes, '\0');
    while (text.size() < most_bytes) {
      const auto space = std::as_writable_bytes(std::span(buffer));
      const std::size_t count = decoder->read(space);
      if (count == 0) return text;
      text.append(buffer, 0, count);
    }
    text.resize(most_bytes);
    return text;
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported,
            "streams are corrupt, unsupported or sound");
    return std::nullopt;
  }
}

// zlib's opinion, member by member; nullopt when it refuses.
std::optional<std::string> zlib_decode(std::string_view bytes) {
  std::string text;
  std::string input(bytes);
  std::size_t at = 0;
  while (at < input.size()) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return std::nullopt;
    stream.next_in = reinterpret_cast<Bytef*>(input.data() + at);
    stream.avail_in = static_cast<uInt>(input.size() - at);
    int status = Z_OK;
    std::string buffer(std::size_t{64} * 1024, '\0');
    while (status == Z_OK && text.size() < most_bytes) {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      status = inflate(&stream, Z_NO_FLUSH);
      text.append(buffer, 0, buffer.size() - stream.avail_out);
    }
    at = input.size() - stream.avail_in;
    inflateEnd(&stream);
    if (text.size() >= most_bytes) break;
    if (status != Z_STREAM_END) return std::nullopt;
  }
  if (text.size() > most_bytes) text.resize(most_bytes);
  return text;
}

struct Inflated {
  std::string text;
  std::size_t taken_bytes = 0;
  friend bool operator==(const Inflated&, const Inflated&) = default;
};

std::optional<Inflated> zlib_inflate(std::string_view bytes) {
  Inflated result;
  std::string input(bytes);
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  int status = Z_OK;
  std::string buffer(std::size_t{64} * 1024, '\0');
  while (status == Z_OK && result.text.size() < most_bytes) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    result.text.append(buffer, 0, buffer.size() - stream.avail_out);
  }
  result.taken_bytes = stream.total_in;
  inflateEnd(&stream);
  if (result.text.size() >= most_bytes) return Inflated{};  // not looked at further
  if (status != Z_STREAM_END) return std::nullopt;
  return result;
}

std::optional<Inflated> own_inflate(std::string_view bytes, std::size_t space_bytes) {
  Inflated result;
  Inflater inflater;
  inflater.reset();
  ByteView input = as_bytes(bytes);
  std::vector<std::byte> space(Inflater::window_bytes + space_bytes);
  std::size_t at = 0;
  while (result.text.size() < most_bytes) {
    if (at == space.size()) {
      std::copy(space.end() - Inflater::window_bytes, space.end(), space.begin());
      at = Inflater::window_bytes;
    }
    InflateSpace bounds{space.data(), space.data() + at, space.data() + space.size()};
    const auto stop = inflater.inflate(input, true, bounds);
    result.text += as_text(ByteView(space.data() + at, bounds.next));
    at = static_cast<std::size_t>(bounds.next - space.data());
    if (stop == Inflater::Stop::cut || stop == Inflater::Stop::damaged) return std::nullopt;
    if (stop != Inflater::Stop::stream_end) continue;
    if (result.text.size() >= most_bytes) break;
    result.taken_bytes = bytes.size() - input.size();
    return result;
  }
  return Inflated{};
}

}  // namespace

void gzip(std::string_view bytes) {
  const auto whole = decode(Compression::gzip, bytes, std::size_t{64} * 1024);
  require(decode(Compression::gzip, bytes, 1000) == whole, "reads of any size give the same");
  if (whole) require(zlib_decode(bytes) == whole, "zlib gives the same");
}

// Just what zlib takes, with the same bytes and the same end, however it is cut.
void inflate_stream(std::string_view bytes) {
  const auto expected = zlib_inflate(bytes);
  for (const std::size_t space_bytes : {std::size_t{128} * 1024, std::size_t{1000}}) {
    const auto found = own_inflate(bytes, space_bytes);
    require(found.has_value() == expected.has_value(), "zlib takes it, too, or refuses it, too");
    if (found) require(*found == *expected, "zlib gives the same");
  }
}

void zstd(std::string_view bytes) {
  const auto whole = decode(Compression::zstd, bytes, std::size_t{64} * 1024);
  require(decode(Compression::zstd, bytes, 1000) == whole, "reads of any size give the same");
}

}  // namespace imgops::fuzz
