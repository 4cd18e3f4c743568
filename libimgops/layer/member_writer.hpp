// Members of a new archive, one by one: those that did not change as the bytes they were, all
// others with a header of our own. Private to `layer`. Source: semantics W10–W12.
#pragma once

#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"

namespace imgops {

// Not thread-safe. `cache` and `archive` outlive it.
class MemberWriter {
 public:
  MemberWriter(LayerCache& cache, ArchiveSink& archive)
      : cache_(cache), contents_(cache), archive_(archive) {}

  // Header, body and padding. Throws Error(conflict) for what W12 forbids and Error(corrupt) when a
  // source is not what its index says, naming the path.
  void write(const PlannedMember& member);

 private:
  void write_unnamed(const PlannedMember& member);
  void copy_member(const LayerIndex& layer, const LayerEntry& entry);
  void write_body(const Content& content);

  LayerCache& cache_;
  ContentReader contents_;
  ArchiveSink& archive_;
};

}  // namespace imgops
