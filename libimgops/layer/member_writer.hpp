// Members of a new archive, one by one: those that did not change as the bytes they were, all
// others with a header of our own. Members that lie one behind the other are a run, of which
// deflate blocks may go over. Private to `layer`. Source: semantics W10–W12.
#pragma once

#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/layer/layer_output.hpp"
#include "libimgops/layer/run_splicer.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace imgops {

// Not thread-safe. `cache` and `output` outlive it.
class MemberWriter {
 public:
  // Whether runs may go over, where the output takes them.
  enum class Runs : bool { encoded, spliced };
  MemberWriter(LayerCache& cache, LayerOutput& output, Runs runs = Runs::spliced);

  // These will be written, in this order, after all that were expected before: what they come from
  // may be decoded ahead.
  void expect(std::span<const PlannedMember> plan);

  // The member at the front of `plan`, which are all that are still to be written in a row: header,
  // body and padding. A run ends with the last of its members. Throws Error(conflict) for what W12
  // forbids and Error(corrupt) when a source is not what its index says, naming the path.
  void write_front(std::span<const PlannedMember> plan);

 private:
  void write_unnamed(std::span<const PlannedMember> plan);
  void begin_run(std::span<const PlannedMember> plan);
  void copy_of_run(const LayerIndex& layer, const LayerEntry& entry);
  void copy_member(const LayerIndex& layer, const LayerEntry& entry);
  void write_body(const Content& content);

  LayerCache& cache_;
  ContentReader contents_;
  ArchiveSink& archive_;
  std::optional<RunSplicer> splicer_;  // where there can be splicing
  std::size_t run_left_ = 0;           // members of the run in hand
};

}  // namespace imgops
