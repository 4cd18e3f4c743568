// A delta being made: spans to copy and new bytes, in the order of the result.
#pragma once

#include "libimgops/transfer/delta_plan.hpp"
#include "libimgops/transfer/delta_reader.hpp"

#include <memory>
#include <span>
#include <vector>

namespace imgops {

// Spans that follow each other are joined; new bytes are gathered into frames, each behind the
// references that came with them. Memory: one frame and its references.
class DeltaWriter {
 public:
  // Frames go to `sink` as they are made.
  DeltaWriter(const std::vector<DeltaSource>& sources, Sink& sink);

  void copy(const DeltaSpan& span);
  // The next span is a step of its own even if it follows the last.
  void separate() noexcept { is_separated_ = true; }
  // At most delta_frame_limit_bytes, with references of at most delta_reference_limit_bytes
  // together: bytes of the sources that resemble them.
  void add(ByteView bytes, std::span<const DeltaSpan> references = {});
  // The last frame and the plan. Returns the sources that are needed, by number: the delta knows
  // them by their places in this list.
  std::vector<std::uint32_t> finish();

 private:
  void flush();
  std::vector<std::uint32_t> renumber();
  const std::vector<DeltaSource>& sources_;
  Sink& sink_;
  DeltaPlan plan_;
  bool is_separated_ = false;
  std::vector<std::byte> gathered_;
  std::vector<DeltaSpan> references_;  // of what is gathered
  std::uint64_t reference_bytes_ = 0;
  std::vector<std::unique_ptr<ArchiveCursor>> cursors_;
};

}  // namespace imgops
