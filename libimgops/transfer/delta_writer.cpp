#include "libimgops/transfer/delta_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/reference_frame.hpp"

#include <utility>

namespace imgops {
namespace {

bool follows(const DeltaSpan& first, const DeltaSpan& second) {
  return first.source == second.source &&
         first.offset_bytes + first.size_bytes == second.offset_bytes;
}

}  // namespace

DeltaWriter::DeltaWriter(const std::vector<DeltaSource>& sources, Sink& sink)
    : sources_(sources), sink_(sink), cursors_(sources.size()) {}

void DeltaWriter::copy(const DeltaSpan& span) {
  if (span.size_bytes == 0) return;
  if (!std::exchange(is_separated_, false) && !plan_.steps.empty()) {
    DeltaStep& last = plan_.steps.back();
    if (last.copied && follows(*last.copied, span)) {
      last.copied->size_bytes += span.size_bytes;
      return;
    }
  }
  plan_.steps.push_back({span, 0});
}

void DeltaWriter::add(ByteView bytes, std::span<const DeltaSpan> references) {
  if (bytes.empty()) return;
  std::uint64_t reference_bytes = 0;
  for (const DeltaSpan& span : references) reference_bytes += span.size_bytes;
  if (gathered_.size() + bytes.size() > delta_frame_limit_bytes ||
      reference_bytes_ + reference_bytes > delta_reference_limit_bytes) {
    flush();
  }
  if (plan_.steps.empty() || plan_.steps.back().copied) plan_.steps.push_back({std::nullopt, 0});
  plan_.steps.back().new_bytes += bytes.size();
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
  for (const DeltaSpan& span : references) {
    if (span.size_bytes == 0) continue;
    if (!references_.empty() && follows(references_.back(), span)) {
      references_.back().size_bytes += span.size_bytes;
    } else {
      references_.push_back(span);
    }
  }
  reference_bytes_ += reference_bytes;
}

void DeltaWriter::flush() {
  if (gathered_.empty()) return;
  std::vector<std::byte> reference(reference_bytes_);
  std::size_t at = 0;
  for (const DeltaSpan& span : references_) {
    auto& cursor = cursors_[span.source];
    if (cursor == nullptr) cursor = sources_[span.source].open();
    const auto size = static_cast<std::size_t>(span.size_bytes);
    if (cursor->read_at(span.offset_bytes, std::span(reference).subspan(at, size)) != size) {
      throw Error(ErrorKind::corrupt, "delta: a source ends early");
    }
    at += size;
  }
  const std::string frame = encode_referring(gathered_, reference);
  sink_.write(as_bytes(frame));
  plan_.frames.push_back({std::exchange(references_, {}), gathered_.size(), frame.size()});
  reference_bytes_ = 0;
  gathered_.clear();
}

std::vector<std::uint32_t> DeltaWriter::finish() {
  flush();
  std::vector<std::uint32_t> used = renumber();
  sink_.write(as_bytes(encode_plan_end(plan_)));
  return used;
}

std::vector<std::uint32_t> DeltaWriter::renumber() {
  constexpr std::uint32_t unused = UINT32_MAX;
  std::vector<std::uint32_t> numbers(sources_.size(), unused);
  std::vector<std::uint32_t> used;
  const auto rename = [&](DeltaSpan& span) {
    if (numbers[span.source] == unused) {
      numbers[span.source] = static_cast<std::uint32_t>(used.size());
      used.push_back(span.source);
    }
    span.source = numbers[span.source];
  };
  for (DeltaStep& step : plan_.steps) {
    if (step.copied) rename(*step.copied);
  }
  for (DeltaFrame& frame : plan_.frames) {
    for (DeltaSpan& span : frame.references) rename(span);
  }
  return used;
}

}  // namespace imgops
