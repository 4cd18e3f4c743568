#include "libimgops/transfer/blob_encoding.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace imgops {
namespace {

constexpr std::size_t sample_bytes = std::size_t{1} << 20;
constexpr std::size_t first_bytes = 10;
constexpr std::string_view gzip_header("\x1f\x8b\x08\0\0\0\0\0\0\xff", first_bytes);
// Behind the sample stands what ends a member, which in the blob comes later.
constexpr std::size_t member_end_bytes = 32;

constexpr auto gzip_levels = std::to_array({6, 9, 1, 12, 5, 7, 8, 2, 3, 4, 10, 11});
constexpr auto zstd_levels = std::to_array({3, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 19, 22});

std::string sample_of(ArchiveCursor& archive, std::uint64_t archive_bytes) {
  std::string sample(static_cast<std::size_t>(std::min<std::uint64_t>(sample_bytes, archive_bytes)),
                     '\0');
  sample.resize(archive.read_at(0, std::as_writable_bytes(std::span(sample))));
  return sample;
}

std::string encoded(std::string_view sample, const EncoderOptions& options, Workers& workers) {
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, options);
  encoder->write(as_bytes(sample));
  encoder->finish();
  return sink.take();
}

std::string beginning_of(const RandomAccess& blob, std::size_t size) {
  std::string bytes(size, '\0');
  RandomAccessSource source({std::shared_ptr<void>(), &blob});
  bytes.resize(read_fully(source, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

}  // namespace

// … empty stored block | empty final block | checksum and size
bool is_written_by_us(const RandomAccess& blob) {
  constexpr std::string_view end("\0\0\xff\xff\x03\0", 6);
  constexpr std::uint64_t trailer_bytes = 8;
  if (blob.size_bytes() < gzip_header.size() + end.size() + trailer_bytes) return false;
  if (beginning_of(blob, gzip_header.size()) != gzip_header) return false;
  std::string found(end.size(), '\0');
  RandomAccessSource source({std::shared_ptr<void>(), &blob},
                            blob.size_bytes() - trailer_bytes - end.size(), end.size());
  read_fully(source, std::as_writable_bytes(std::span(found)));
  return found == end;
}

PossibleEncodings::PossibleEncodings(const RandomAccess& blob, ArchiveCursor& archive,
                                     std::uint64_t archive_bytes)
    : blob_(blob),
      is_whole_(archive_bytes <= sample_bytes),
      sample_(sample_of(archive, archive_bytes)) {
  const std::string first = beginning_of(blob, first_bytes);
  const Compression compression = detect_compression(as_bytes(first));
  if (compression == Compression::none) {
    untried_ = {{compression, 0}};
  } else if (compression == Compression::zstd) {
    for (const int level : zstd_levels) untried_.push_back({compression, level});
    // A frame longer than the sample says how long it is: a part of it tells nothing.
    if (!is_whole_) untried_.resize(1);
  } else if (first == gzip_header) {
    for (const int level : gzip_levels) untried_.push_back({compression, level});
  }
  std::ranges::reverse(untried_);
}

std::optional<EncoderOptions> PossibleEncodings::next(Workers& workers) {
  while (!untried_.empty()) {
    const EncoderOptions options = untried_.back();
    untried_.pop_back();
    if (fits(options, workers)) return options;
  }
  return std::nullopt;
}

bool PossibleEncodings::fits(const EncoderOptions& options, Workers& workers) const {
  if (options.compression == Compression::none) return true;
  if (options.compression == Compression::zstd && !is_whole_) return true;
  std::string made = encoded(sample_, options, workers);
  if (is_whole_ && blob_.size_bytes() != made.size()) return false;
  if (!is_whole_) made.resize(made.size() - std::min(made.size(), member_end_bytes));
  return beginning_of(blob_, made.size()) == made;
}

}  // namespace imgops
