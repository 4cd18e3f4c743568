// `compare_inflaters [--changed COUNT] LAYOUT|BLOB…`: our gzip decoder beside zlib, on gzip blobs
// that are files, or all those of OCI layouts: the same bytes, the same deflate blocks, bit by bit,
// and the same end. Then on COUNT changed copies (20) of pieces of each: refused where zlib
// refuses, after the same blocks, else as above. The first difference is named, and ends it.
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/codec/codec.hpp"
#include "tests/oracle/deflate_pieces.hpp"
#include "tests/oracle/zlib_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace imgops::test {
namespace {

using Blob = std::shared_ptr<const RandomAccess>;

constexpr std::size_t piece_bytes = std::size_t{256} << 10;
// Blocks with more decoded are told to nobody (BlockWatcher).
constexpr std::uint64_t watched_limit_bytes = std::uint64_t{1} << 20U;

[[noreturn]] void differ(const std::string& what) {
  throw std::runtime_error(what);
}

class BlockQueue final : public BlockWatcher {
 public:
  void block(DeflateBlock block) override { blocks.push_back(std::move(block)); }
  std::deque<DeflateBlock> blocks;
};

struct Verdict {
  std::uint64_t blocks = 0;       // by zlib
  std::uint64_t long_blocks = 0;  // of these, not told
  std::uint64_t size_bytes = 0;   // decoded
  std::string refusal;            // ours; empty: accepted
};

// Reads a blob with both in step.
class Comparison {
 public:
  Comparison(const Blob& blob, std::size_t read_bytes, ZlibReader::Border border = {})
      : blob_(blob), zlib_(blob, std::move(border)), ours_(read_bytes), theirs_(read_bytes) {}

  ZlibReader& zlib() { return zlib_; }

  Verdict run() {
    const auto decoder = make_decoder(Compression::gzip, blob_);
    decoder->watch_blocks(&queue_);
    while (step(*decoder)) {
    }
    if (!expected_.empty()) differ("is not told " + name(expected_.front()));
    if (!queue_.blocks.empty()) differ(fmt::format("tells a block after {}", verdict_.blocks));
    return verdict_;
  }

 private:
  // False at the end.
  bool step(Decoder& decoder) {
    const std::size_t count = read_ours(decoder);
    const std::size_t expected = zlib_.read(theirs_);
    if (verdict_.refusal.empty() ? count != expected : expected == theirs_.size()) {
      differ(fmt::format("{} bytes at {} of the archive ({}), {} by zlib ({})", count,
                         verdict_.size_bytes, verdict_.refusal, expected, zlib_.refusal()));
    }
    const auto unlike = std::mismatch(ours_.begin(), ours_.begin() + signed_size(count),
                                      theirs_.begin(), theirs_.begin() + signed_size(expected));
    if (unlike.first != ours_.begin() + signed_size(count)) {
      differ(fmt::format(
          "byte {} of the archive is another, after block {}",
          verdict_.size_bytes + static_cast<std::uint64_t>(unlike.first - ours_.begin()),
          verdict_.blocks));
    }
    verdict_.size_bytes += expected;
    compare_blocks();
    if (count == ours_.size()) return true;
    if (verdict_.refusal.empty() != zlib_.refusal().empty()) {
      differ(fmt::format("\"{}\" at {} of the archive, \"{}\" by zlib", verdict_.refusal,
                         verdict_.size_bytes, zlib_.refusal()));
    }
    return false;
  }

  static std::ptrdiff_t signed_size(std::size_t size) { return static_cast<std::ptrdiff_t>(size); }

  // Fewer than asked for at the end, or where it refuses what comes.
  std::size_t read_ours(Decoder& decoder) {
    std::size_t count = 0;
    try {
      while (count < ours_.size()) {
        const std::size_t made = decoder.read(std::span(ours_).subspan(count));
        if (made == 0) break;
        count += made;
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      verdict_.refusal = error.what();
    }
    return count;
  }

  void compare_blocks() {
    for (const ZlibBlock& block : zlib_.take_blocks()) {
      ++verdict_.blocks;
      if (block.size_bytes > watched_limit_bytes) {
        ++verdict_.long_blocks;
      } else {
        expected_.push_back(block);
      }
    }
    while (!expected_.empty() && !queue_.blocks.empty()) {
      compare(expected_.front(), queue_.blocks.front());
      expected_.pop_front();
      queue_.blocks.pop_front();
    }
  }

  void compare(const ZlibBlock& expected, const DeflateBlock& found) const {
    const std::string bytes = read_part(expected.first_bit / 8, (expected.end_bit + 7) / 8);
    const unsigned kind = static_cast<unsigned char>(bytes.at(0)) |
                          (bytes.size() > 1 ? static_cast<unsigned char>(bytes[1]) : 0U) << 8U;
    const bool is_stored = (kind >> (expected.first_bit % 8 + 1) & 3U) == 0;
    const auto require = [&expected](bool holds, const char* what) {
      if (!holds) differ(fmt::format("another {} of {}", what, name(expected)));
    };
    require(found.archive_offset_bytes == expected.archive_offset_bytes, "archive offset");
    require(found.size_bytes == expected.size_bytes, "size");
    require(found.first_bit == expected.first_bit % 8, "first bit");
    require(found.bit_count == expected.end_bit - expected.first_bit, "count of bits");
    require(found.begins_stream == expected.begins_stream, "begin of a stream");
    require(found.is_stored == is_stored, "kind");
    require(has_same_bits(found, bytes), "bit");
  }

  // What lies in front of the block in its first byte is not its own, nor what lies behind.
  static bool has_same_bits(const DeflateBlock& found, const std::string& bytes) {
    if (found.bytes.size() != bytes.size()) return false;
    if (bytes.size() > 2 && found.bytes.compare(1, bytes.size() - 2, bytes, 1, bytes.size() - 2))
      return false;
    for (const std::size_t at : {std::size_t{0}, bytes.size() - 1}) {
      unsigned mask = 0xff;
      if (at == 0) mask &= 0xffU << found.first_bit;
      const std::uint64_t end = found.first_bit + found.bit_count - 8 * at;
      if (end < 8) mask &= (1U << end) - 1;
      if (((static_cast<unsigned>(found.bytes[at]) ^ static_cast<unsigned>(bytes[at])) & mask) != 0)
        return false;
    }
    return true;
  }

  std::string read_part(std::uint64_t first, std::uint64_t end) const {
    std::string bytes(end - first, '\0');
    bytes.resize(blob_->read_at(first, std::as_writable_bytes(std::span(bytes))));
    return bytes;
  }

  static std::string name(const ZlibBlock& block) {
    return fmt::format("the block of bits {} to {}, bytes {} to {} of the archive", block.first_bit,
                       block.end_bit, block.archive_offset_bytes,
                       block.archive_offset_bytes + block.size_bytes);
  }

  Blob blob_;
  ZlibReader zlib_;
  std::vector<std::byte> ours_;
  std::vector<std::byte> theirs_;
  BlockQueue queue_;
  std::deque<ZlibBlock> expected_;
  Verdict verdict_;
};

struct Totals {
  std::uint64_t blobs = 0;
  std::uint64_t blob_bytes = 0;
  std::uint64_t blocks = 0;
  std::uint64_t long_blocks = 0;
  std::uint64_t archive_bytes = 0;
  std::uint64_t pieces = 0;
  std::uint64_t copies = 0;
  std::uint64_t accepted = 0;

  Totals& operator+=(const Totals& other) {
    blobs += other.blobs;
    blob_bytes += other.blob_bytes;
    blocks += other.blocks;
    long_blocks += other.long_blocks;
    archive_bytes += other.archive_bytes;
    pieces += other.pieces;
    copies += other.copies;
    accepted += other.accepted;
    return *this;
  }
};

Verdict compare_member(const std::string& member, std::mt19937& random) {
  return Comparison(std::make_shared<StringAccess>(member), 1 + random() % 70'000).run();
}

void compare_copies(const DeflatePiece& piece, unsigned count, Totals& totals) {
  std::mt19937 random(static_cast<std::uint32_t>(piece.deflate.size()));
  const std::string where = fmt::format("piece {}", ++totals.pieces);
  if (!compare_member(member_around(piece.deflate), random).refusal.empty()) {
    differ(where + " is refused as it is");
  }
  for (unsigned copy = 1; copy <= count; ++copy) {
    const std::string member = changed_member(piece, random);
    try {
      ++totals.copies;
      totals.accepted += compare_member(member, random).refusal.empty() ? 1U : 0U;
    } catch (const std::exception& error) {
      differ(fmt::format("{}, changed copy {}: {}", where, copy, error.what()));
    }
  }
}

Totals compare_blob(const Blob& blob, unsigned changed) {
  Totals totals;
  PieceTaker taker(blob,
                   [&](const DeflatePiece& piece) { compare_copies(piece, changed, totals); });
  ZlibReader* reader = nullptr;
  Comparison comparison(blob, piece_bytes, [&](const ZlibBlock* ended, bool is_last) {
    if (changed > 0) taker.border(*reader, ended, is_last);
  });
  reader = &comparison.zlib();
  const Verdict verdict = comparison.run();
  if (!verdict.refusal.empty()) differ("refused by both: " + verdict.refusal);
  totals.blobs = 1;
  totals.blob_bytes = blob->size_bytes();
  totals.blocks = verdict.blocks;
  totals.long_blocks = verdict.long_blocks;
  totals.archive_bytes = verdict.size_bytes;
  return totals;
}

bool is_gzip(const RandomAccess& blob) {
  std::array<std::byte, 2> bytes{};
  return blob.read_at(0, bytes) == bytes.size() &&
         as_text(ByteView(bytes)) == std::string_view("\x1f\x8b");
}

// A file, or the blobs of a layout by name.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path / "blobs" / "sha256")) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void print(const std::string& name, const Totals& totals) {
  const auto megabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  fmt::print("{}: {:.1f} of {:.1f} MB, {} blocks", name, megabytes(totals.blob_bytes),
             megabytes(totals.archive_bytes), totals.blocks);
  if (totals.long_blocks > 0) fmt::print(" ({} over 1 MiB)", totals.long_blocks);
  if (totals.copies > 0) {
    fmt::print(", {} changed copies of {} pieces, {} accepted", totals.copies, totals.pieces,
               totals.accepted);
  }
  fmt::print("\n");
}

int run(const std::vector<std::string>& words, unsigned changed) {
  Totals all;
  for (const std::string& word : words) {
    for (const std::filesystem::path& file : files_of(word)) {
      const Blob blob = open_user_file(file);
      if (blob == nullptr) throw std::runtime_error(word + ": not there");
      if (!is_gzip(*blob)) continue;
      try {
        const Totals totals = compare_blob(blob, changed);
        print(file.filename().string(), totals);
        all += totals;
      } catch (const std::exception& error) {
        differ(fmt::format("{}: {}", file.string(), error.what()));
      }
    }
  }
  if (all.blobs == 0) throw std::runtime_error("no gzip blob");
  print(fmt::format("{} blobs, all as by zlib {}", all.blobs, zlibVersion()), all);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace imgops::test

int main(int count, char** words) {
  std::vector<std::string> rest(words + 1, words + count);
  unsigned changed = 20;
  if (rest.size() > 1 && rest[0] == "--changed") {
    changed = static_cast<unsigned>(std::strtoul(rest[1].c_str(), nullptr, 10));
    rest.erase(rest.begin(), rest.begin() + 2);
  }
  if (rest.empty()) {
    std::fputs("usage: compare_inflaters [--changed COUNT] LAYOUT|BLOB…\n", stderr);
    return 2;
  }
  try {
    return imgops::test::run(rest, changed);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "compare_inflaters: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
