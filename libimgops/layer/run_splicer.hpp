// Runs of an archive on their way into another: of those that come from gzip the deflate blocks go
// over as they are, where that pays. Private to `layer`.
#pragma once

#include "libimgops/codec/splicing_encoder.hpp"
#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/layer/read_ahead.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>

namespace imgops {

// Not thread-safe. What goes into the new archive is a function of the runs and the blob they come
// from: not of checkpoints, nor of how much a cursor decodes at once. So each layer is entered once
// and its runs go forwards: what comes otherwise is not spliced.
class RunSplicer final : private BlockWatcher {
 public:
  // `archive` passes what is written at once to `encoder`.
  RunSplicer(LayerCache& cache, ArchiveSink& archive, SplicingEncoder& encoder, Workers& workers)
      : cache_(cache), archive_(archive), encoder_(encoder), ahead_(cache, workers) {}
  ~RunSplicer() override { leave_layer(); }
  RunSplicer(const RunSplicer&) = delete;
  RunSplicer& operator=(const RunSplicer&) = delete;

  // A run with these bytes will come, after all that were expected before (ReadAhead::expect): then
  // other threads decode meanwhile.
  void expect(const LayerIndex& layer, std::uint64_t begin_bytes, std::uint64_t end_bytes) {
    ahead_.expect(layer, begin_bytes, end_bytes);
  }

  // Runs come from `layer`, which outlives this, from now on. False, and nothing is spliced from
  // it: it is not stored as gzip, or was entered before.
  bool enter(const LayerIndex& layer);
  // Of the layer that was entered, from the front to the back, for what lies between runs, too.
  ArchiveCursor& cursor() noexcept { return *cursor_; }

  // [begin, end) of the archive of `layer` comes next, by pass(), to its end. Enters it when it is
  // not the one in hand. False, and nothing was done: it lies before what was passed already, or
  // the layer cannot be entered.
  bool begin_run(const LayerIndex& layer, std::uint64_t begin_bytes, std::uint64_t end_bytes);
  // The same without an end: whether begin_run() would be true. To be asked before a long end is
  // looked for; enters the layer as that does.
  bool may_begin(const LayerIndex& layer, std::uint64_t begin_bytes);
  // Sends the next bytes of the run on their way, at least one, at most `most_bytes`; returns them,
  // valid until the next call. Throws Error(corrupt) when the archive is damaged or ends.
  ByteView pass(std::uint64_t most_bytes);
  void end_run();

 private:
  void block(DeflateBlock block) override;
  void leave_layer();
  void settle();
  void settle_block(DeflateBlock block);
  bool may_be_spliced(const DeflateBlock& block) const;
  bool pays(const DeflateBlock& block);
  void sample(const DeflateBlock& block);
  void encode_to(std::uint64_t offset);
  // Valid until something is encoded or forgotten.
  ByteView kept(std::uint64_t from, std::uint64_t to) const;
  void forget_before(std::uint64_t offset);

  LayerCache& cache_;
  ArchiveSink& archive_;
  SplicingEncoder& encoder_;
  ReadAhead ahead_;
  std::unordered_set<const LayerIndex*> entered_;

  // Offsets are in the archive of the layer.
  const LayerIndex* layer_ = nullptr;
  std::unique_ptr<ArchiveCursor> cursor_;
  std::deque<DeflateBlock> blocks_;  // that were told and not yet passed
  bool is_in_run_ = false;
  std::uint64_t run_begin_ = 0;
  std::uint64_t run_end_ = 0;
  std::uint64_t at_ = 0;          // of the next byte to read
  std::uint64_t sent_ = 0;        // bytes before it were encoded or spliced
  std::uint64_t spliced_to_ = 0;  // the end of the last block that was spliced
  bool stream_is_known_ = false;  // the stream in hand began in this run
  std::string kept_;              // bytes from kept_from_ to at_
  std::uint64_t kept_from_ = 0;

  // How the blocks of this layer compare with what encoding them gives.
  std::uint64_t blocks_to_sample_ = 0;  // until the next sample
  std::uint64_t samples_ = 0;
  std::uint64_t seen_blocks_ = 0;  // that could go over
  std::uint64_t sampled_bytes_ = 0;
  std::uint64_t encoded_bytes_ = 0;
  // Of all layers: what was spliced, and what it would be if it were encoded, by those samples.
  std::uint64_t spliced_bytes_ = 0;
  std::uint64_t spliced_as_encoded_bytes_ = 0;
};

}  // namespace imgops
