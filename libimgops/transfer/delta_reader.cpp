// Steps are followed in order. A frame is decoded when its first byte is wanted and dropped after
// its last, so one is in memory at a time.
#include "libimgops/transfer/delta_reader.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/reference_frame.hpp"
#include "libimgops/transfer/delta_plan.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

// One cursor a source, made when first needed.
class Cursors {
 public:
  explicit Cursors(const std::vector<DeltaSource>& sources)
      : sources_(sources), cursors_(sources.size()) {}

  void read(std::uint32_t source, std::uint64_t offset, std::span<std::byte> buffer) {
    if (cursors_[source] == nullptr) cursors_[source] = sources_[source].open();
    if (cursors_[source]->read_at(offset, buffer) == buffer.size()) return;
    throw Error(ErrorKind::corrupt, "delta: a source ends early");
  }

 private:
  const std::vector<DeltaSource>& sources_;
  std::vector<std::unique_ptr<ArchiveCursor>> cursors_;
};

class Application {
 public:
  Application(const RandomAccess& delta, const std::vector<DeltaSource>& sources, DeltaPlan plan,
              Sink& sink, const std::stop_token& stop, const CopySpan& copy_span)
      : delta_(delta),
        plan_(std::move(plan)),
        copies_(sources),
        references_(sources),
        sink_(sink),
        stop_(stop),
        copy_span_(copy_span),
        piece_(piece_bytes) {}

  void run() {
    for (const DeltaStep& step : plan_.steps) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      if (step.copied) {
        copy(*step.copied);
      } else {
        write_new(step.new_bytes);
      }
    }
  }

 private:
  void copy(const DeltaSpan& span) {
    if (copy_span_ && copy_span_(span)) return;
    for (std::uint64_t done = 0; done < span.size_bytes;) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), span.size_bytes - done));
      const std::span<std::byte> piece = std::span(piece_).first(count);
      copies_.read(span.source, span.offset_bytes + done, piece);
      sink_.write(piece);
      done += count;
    }
  }

  void write_new(std::uint64_t size) {
    while (size > 0) {
      if (used_ == contents_.size()) decode_next();
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(size, contents_.size() - used_));
      sink_.write(ByteView(contents_).subspan(used_, count));
      used_ += count;
      size -= count;
    }
  }

  void decode_next() {
    const DeltaFrame& frame = plan_.frames.at(next_frame_++);
    std::size_t reference_bytes = 0;
    for (const DeltaSpan& span : frame.references) reference_bytes += span.size_bytes;
    reference_.resize(reference_bytes);
    std::size_t at = 0;
    for (const DeltaSpan& span : frame.references) {
      references_.read(span.source, span.offset_bytes,
                       std::span(reference_).subspan(at, span.size_bytes));
      at += span.size_bytes;
    }
    stored_.resize(frame.stored_bytes);
    const auto frames = make_plain_cursor({std::shared_ptr<void>(), &delta_});
    if (frames->read_at(frame_offset_, stored_) != stored_.size()) {
      throw Error(ErrorKind::corrupt, "delta: ends early");
    }
    frame_offset_ += frame.stored_bytes;
    contents_.resize(frame.size_bytes);
    decode_referring(stored_, reference_, contents_);
    used_ = 0;
  }

  const RandomAccess& delta_;
  DeltaPlan plan_;
  Cursors copies_;      // read forwards, as a rule
  Cursors references_;  // so do these, elsewhere
  Sink& sink_;
  const std::stop_token& stop_;
  const CopySpan& copy_span_;
  std::vector<std::byte> piece_;
  std::size_t next_frame_ = 0;
  std::uint64_t frame_offset_ = 0;
  std::vector<std::byte> reference_;
  std::vector<std::byte> stored_;
  std::vector<std::byte> contents_;
  std::size_t used_ = 0;  // of contents_
};

}  // namespace

DeltaSource plain_source(std::shared_ptr<const RandomAccess> bytes) {
  const std::uint64_t size = bytes->size_bytes();
  return {size, [bytes = std::move(bytes)] { return make_plain_cursor(bytes); }};
}

void apply_delta(const RandomAccess& delta, const std::vector<DeltaSource>& sources,
                 std::uint64_t size_bytes, Sink& sink, const std::stop_token& stop,
                 const CopySpan& copy_span) {
  std::vector<std::uint64_t> source_bytes;
  for (const DeltaSource& source : sources) source_bytes.push_back(source.size_bytes);
  Application(delta, sources, read_plan(delta, source_bytes, size_bytes), sink, stop, copy_span)
      .run();
}

}  // namespace imgops
