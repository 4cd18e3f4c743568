// imgops_primitives BLOB DIRECTORY: what one thread of this machine does at best with a gzip layer,
// as JSON: MB of uncompressed data per CPU second for hashing, inflating and deflating, and of any
// data for writing to DIRECTORY. tests/benchmarks/run computes its floors from them.
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include <libdeflate.h>

namespace imgops {
namespace {

constexpr std::size_t sample_limit_bytes = std::size_t{256} << 20;
constexpr std::size_t deflated_bytes = std::size_t{32} << 20;  // slow enough
constexpr std::size_t piece_bytes = std::size_t{256} << 10;
constexpr int rounds = 3;

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// The best of a few rounds, in MB per CPU second.
template <class Work>
double speed(const Work& work) {
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    const double start = cpu_seconds();
    const std::size_t bytes = work();
    best = std::max(best, static_cast<double>(bytes) / (cpu_seconds() - start) / 1e6);
  }
  return best;
}

std::size_t inflate(const std::shared_ptr<const RandomAccess>& blob, InflateEngine engine) {
  const auto decoder = make_decoder(Compression::gzip, blob, engine);
  std::vector<std::byte> piece(piece_bytes);
  std::size_t total = 0;
  while (total < sample_limit_bytes) {
    const std::size_t count = decoder->read(piece);
    if (count == 0) break;
    total += count;
  }
  return total;
}

std::size_t deflate(ByteView text) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(6);
  std::vector<char> out(libdeflate_deflate_compress_bound(compressor, text.size()));
  libdeflate_deflate_compress(compressor, text.data(), text.size(), out.data(), out.size());
  libdeflate_free_compressor(compressor);
  return text.size();
}

int run(const std::string& blob_path, const std::string& directory) {
  const std::shared_ptr<const RandomAccess> blob = open_user_file(blob_path);
  if (blob == nullptr) throw Error(ErrorKind::not_found, blob_path + ": not there");
  std::string text;
  const auto decoder = make_decoder(Compression::gzip, blob);
  std::vector<std::byte> piece(piece_bytes);
  while (text.size() < deflated_bytes) {
    const std::size_t count = decoder->read(piece);
    if (count == 0) break;
    text += as_text(ByteView(piece).first(count));
  }
  const ByteView bytes = as_bytes(text);
  const double hashing = speed([&] {
    digest_of(bytes);
    return bytes.size();
  });
  const double writing = speed([&] {
    NewFile file(directory);  // never gets a name
    file.write(bytes);
    return bytes.size();
  });
  std::printf(
      "{\"sha256\": %.0f, \"inflate\": %.0f, \"inflate_isal\": %.0f, \"deflate_6\": %.0f, "
      "\"write\": %.0f}\n",
      hashing, speed([&] { return inflate(blob, InflateEngine::own); }),
      speed([&] { return inflate(blob, InflateEngine::isal); }),
      speed([&] { return deflate(bytes); }), writing);
  return 0;
}

}  // namespace
}  // namespace imgops

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: imgops_primitives BLOB DIRECTORY\n", stderr);
    return 2;
  }
  try {
    return imgops::run(words[1], words[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "imgops_primitives: %s\n", error.what());
    return 1;
  }
}
