// Numbers as in the cache's files (layer/byte_code.hpp). A place in a source is told by its
// distance from where the last span of that source ended, which is mostly nothing:
//
//   plan   count of sources | count, step … | count, frame …
//   step   0 new_bytes   or   source + 1, distance, size
//   frame  size, stored size, count, (source, distance, size) …
//   end    packed plan | its packed size u64 | its size u64, little-endian
#include "libimgops/transfer/delta_plan.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/reference_frame.hpp"
#include "libimgops/layer/byte_code.hpp"

#include <array>

namespace imgops {
namespace {

constexpr std::size_t end_bytes = 16;
// What a plan may be packed to; whoever promises more has lied about its size.
constexpr std::uint64_t most_packing = 10'000;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::corrupt, "delta: " + what);
}

// Where the last span of each source ended.
class Places {
 public:
  explicit Places(std::size_t sources) : ends_(sources, 0) {}
  std::int64_t distance(const DeltaSpan& span) {
    const std::uint64_t distance = span.offset_bytes - ends_[span.source];
    ends_[span.source] = span.offset_bytes + span.size_bytes;
    return static_cast<std::int64_t>(distance);
  }
  std::uint64_t offset(std::uint32_t source, std::int64_t distance) const {
    return ends_[source] + static_cast<std::uint64_t>(distance);
  }
  void move(const DeltaSpan& span) { ends_[span.source] = span.offset_bytes + span.size_bytes; }

 private:
  std::vector<std::uint64_t> ends_;
};

std::size_t count_sources(const DeltaPlan& plan) {
  std::size_t count = 0;
  const auto see = [&](const DeltaSpan& span) {
    count = std::max<std::size_t>(count, std::size_t{span.source} + 1);
  };
  for (const DeltaStep& step : plan.steps) {
    if (step.copied) see(*step.copied);
  }
  for (const DeltaFrame& frame : plan.frames) {
    for (const DeltaSpan& span : frame.references) see(span);
  }
  return count;
}

class PlanReader {
 public:
  PlanReader(std::string_view bytes, const std::vector<std::uint64_t>& source_bytes)
      : in_(bytes), source_bytes_(source_bytes), copies_(0), references_(0) {}

  DeltaPlan run(std::uint64_t size_bytes) {
    const std::uint64_t sources = in_.number();
    if (sources > source_bytes_.size()) fail("refers to a source that is not there");
    copies_ = Places(source_bytes_.size());
    references_ = Places(source_bytes_.size());
    DeltaPlan plan;
    plan.steps.resize(in_.count(2));
    std::uint64_t total = 0;
    std::uint64_t fresh = 0;
    for (DeltaStep& step : plan.steps) {
      step = read_step();
      const std::uint64_t size = step.copied ? step.copied->size_bytes : step.new_bytes;
      if (size == 0 || size > size_bytes - total) fail("makes more than it promises");
      total += size;
      fresh += step.new_bytes;
    }
    if (total != size_bytes) fail("makes less than it promises");
    plan.frames.resize(in_.count(3));
    for (DeltaFrame& frame : plan.frames) {
      frame = read_frame();
      if (frame.size_bytes > fresh) fail("its frames hold more than it uses");
      fresh -= frame.size_bytes;
    }
    if (fresh != 0) fail("its frames hold less than it uses");
    if (in_.left() != 0) fail("bytes after the plan");
    return plan;
  }

 private:
  DeltaStep read_step() {
    const std::uint64_t kind = in_.number();
    if (kind == 0) return {std::nullopt, in_.number()};
    return {read_span(kind - 1, copies_), 0};
  }

  DeltaFrame read_frame() {
    DeltaFrame frame;
    frame.size_bytes = in_.number();
    frame.stored_bytes = in_.number();
    if (frame.size_bytes == 0 || frame.size_bytes > delta_frame_limit_bytes ||
        frame.stored_bytes > 2 * delta_frame_limit_bytes) {
      fail("a frame is too large");
    }
    frame.references.resize(in_.count(3));
    std::uint64_t total = 0;
    for (DeltaSpan& span : frame.references) {
      span = read_span(in_.number(), references_);
      if (span.size_bytes > delta_reference_limit_bytes - total) fail("a reference is too large");
      total += span.size_bytes;
    }
    return frame;
  }

  DeltaSpan read_span(std::uint64_t source, Places& places) {
    if (source >= source_bytes_.size()) fail("refers to a source that is not there");
    DeltaSpan span;
    span.source = static_cast<std::uint32_t>(source);
    span.offset_bytes = places.offset(span.source, in_.signed_number());
    span.size_bytes = in_.number();
    const std::uint64_t end = source_bytes_[span.source];
    if (span.offset_bytes > end || span.size_bytes > end - span.offset_bytes) {
      fail("refers to what is outside of a source");
    }
    places.move(span);
    return span;
  }

  ByteReader in_;
  const std::vector<std::uint64_t>& source_bytes_;
  Places copies_;
  Places references_;
};

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(number >> shift));
  }
  return bytes;
}

std::uint64_t number_at(ByteView bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  }
  return number;
}

}  // namespace

std::string encode_plan(const DeltaPlan& plan) {
  ByteWriter out;
  const std::size_t sources = count_sources(plan);
  Places copies(sources);
  Places references(sources);
  out.number(sources);
  out.number(plan.steps.size());
  for (const DeltaStep& step : plan.steps) {
    if (!step.copied) {
      out.number(0);
      out.number(step.new_bytes);
      continue;
    }
    out.number(std::uint64_t{step.copied->source} + 1);
    out.signed_number(copies.distance(*step.copied));
    out.number(step.copied->size_bytes);
  }
  out.number(plan.frames.size());
  for (const DeltaFrame& frame : plan.frames) {
    out.number(frame.size_bytes);
    out.number(frame.stored_bytes);
    out.number(frame.references.size());
    for (const DeltaSpan& span : frame.references) {
      out.number(span.source);
      out.signed_number(references.distance(span));
      out.number(span.size_bytes);
    }
  }
  return out.bytes();
}

DeltaPlan decode_plan(std::string_view bytes, const std::vector<std::uint64_t>& source_bytes,
                      std::uint64_t size_bytes) {
  return PlanReader(bytes, source_bytes).run(size_bytes);
}

std::string encode_plan_end(const DeltaPlan& plan) {
  const std::string bytes = encode_plan(plan);
  if (bytes.size() > delta_plan_limit_bytes) {
    throw Error(ErrorKind::unsupported, "delta: its plan is too long");
  }
  const std::string packed = encode_referring(as_bytes(bytes), {});
  return packed + little_endian(packed.size()) + little_endian(bytes.size());
}

DeltaPlan read_plan(const RandomAccess& delta, const std::vector<std::uint64_t>& source_bytes,
                    std::uint64_t size_bytes) {
  const std::uint64_t all = delta.size_bytes();
  if (all < end_bytes) fail("ends early");
  std::array<std::byte, end_bytes> end{};
  if (delta.read_at(all - end_bytes, end) != end_bytes) fail("ends early");
  const std::uint64_t packed_bytes = number_at(end, 0);
  const std::uint64_t plan_bytes = number_at(end, 8);
  if (packed_bytes > all - end_bytes || plan_bytes > delta_plan_limit_bytes ||
      plan_bytes / most_packing > packed_bytes) {
    fail("the size of its plan is wrong");
  }
  const RandomAccessSlice slice(
      std::shared_ptr<const RandomAccess>(std::shared_ptr<void>(), &delta),
      all - end_bytes - packed_bytes, packed_bytes);
  const std::string packed = read_all(slice, packed_bytes, "delta");
  std::string bytes(plan_bytes, '\0');
  decode_referring(as_bytes(packed), {}, std::as_writable_bytes(std::span(bytes)));
  DeltaPlan plan = decode_plan(bytes, source_bytes, size_bytes);
  std::uint64_t stored = 0;
  for (const DeltaFrame& frame : plan.frames) stored += frame.stored_bytes;
  if (stored != all - end_bytes - packed_bytes) fail("its frames are not as long as it says");
  return plan;
}

}  // namespace imgops
