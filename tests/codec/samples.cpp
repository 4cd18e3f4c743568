#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace imgops::samples {
namespace {

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// zlib's interface lacks the const.
unsigned char* bytes_of(const std::string& text) {
  return const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(text.data()));
}

void append_number(std::string& text, std::uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    text += static_cast<char>(static_cast<unsigned char>(number >> shift));
  }
}

}  // namespace

std::string random_bytes(std::size_t size, std::uint32_t seed) {
  Random generator(seed);
  std::string text(size, '\0');
  std::ranges::generate(text, [&] { return static_cast<char>(generator() >> 24); });
  return text;
}

std::string words(std::size_t size, std::uint32_t seed) {
  Random generator(seed);
  std::string text;
  text.reserve(size + 16);
  while (text.size() < size) {
    const std::uint32_t word = generator() % 5000;
    for (std::uint32_t rest = word * word; rest > 0; rest /= 26) {
      text += static_cast<char>('a' + rest % 26);
    }
    text += word % 11 == 0 ? '\n' : ' ';
  }
  text.resize(size);
  return text;
}

std::string mixture(std::size_t size, std::uint32_t seed) {
  Random generator(seed);
  std::string text;
  while (text.size() < size) {
    const std::size_t run = 1 + generator() % 90'000;
    switch (generator() % 4) {
      case 0:
        text += random_bytes(run, generator());
        break;
      case 1:
        text += std::string(run, '\0');
        break;
      case 2:
        text += "usr/share/doc/" + words(run % 400, generator());
        break;
      default:
        text += words(run, generator());
        break;
    }
  }
  text.resize(size);
  return text;
}

std::string zlib_deflate(const std::string& text, int level, int strategy, int memory_level,
                         std::size_t flush_every) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -15, memory_level, strategy), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + text.size() / 2 + 64 * 1024, '\0');
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<unsigned>(out.size());
  const std::size_t step = flush_every == 0 ? text.size() : flush_every;
  for (std::size_t at = 0; at < text.size(); at += step) {
    stream.next_in = bytes_of(text) + at;
    stream.avail_in = static_cast<unsigned>(std::min(step, text.size() - at));
    EXPECT_EQ(deflate(&stream, flush_every == 0 ? Z_NO_FLUSH : Z_FULL_FLUSH), Z_OK);
  }
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string gzip_member(const std::string& deflate, const std::string& text) {
  std::string member("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  member += deflate;
  append_number(member, static_cast<std::uint32_t>(
                            crc32(0, bytes_of(text), static_cast<unsigned>(text.size()))));
  append_number(member, static_cast<std::uint32_t>(text.size()));
  return member;
}

std::string gzip(const std::string& text, int level) {
  return gzip_member(zlib_deflate(text, level), text);
}

std::string zlib_gunzip(const std::string& member) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + 15), Z_OK);
  stream.next_in = bytes_of(member);
  stream.avail_in = static_cast<unsigned>(member.size());
  std::string out;
  std::string piece(256 * 1024, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = bytes_of(piece);
    stream.avail_out = static_cast<unsigned>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, 0, piece.size() - stream.avail_out);
  }
  EXPECT_EQ(status, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return out;
}

std::string zstd_frame(const std::string& text, int level) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

std::string skippable_frame(const std::string& content) {
  std::string frame = "\x53\x2a\x4d\x18";
  append_number(frame, static_cast<std::uint32_t>(content.size()));
  return frame + content;
}

std::string decode(Compression compression, const std::string& blob, std::size_t piece_bytes) {
  const auto decoder = make_decoder(compression, std::make_unique<StringSource>(blob));
  std::string text;
  std::vector<std::byte> buffer(piece_bytes);
  while (const std::size_t count = decoder->read(buffer)) {
    text += as_text(ByteView(buffer).first(count));
  }
  EXPECT_EQ(decoder->read(buffer), 0U);
  return text;
}

std::string encode(const EncoderOptions& options, const std::string& text, std::size_t threads,
                   std::size_t piece_bytes) {
  Workers workers(threads);
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, options);
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    encoder->write(as_bytes(std::string_view(text).substr(at, piece_bytes)));
  }
  encoder->finish();
  return sink.take();
}

std::string verdict(Compression compression, const std::string& blob, std::size_t piece_bytes) {
  try {
    decode(compression, blob, piece_bytes);
    return "none";
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr) return error.what();
    return std::string(name(error.diagnostic()->code)) + " " + error.diagnostic()->row;
  }
}

}  // namespace imgops::samples
