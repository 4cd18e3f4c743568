// Two trees compared: the changes that lead from one to the other. Source: semantics C01–C12.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <cstdint>
#include <stop_token>

namespace imgops {

enum class ContentProof : std::uint8_t {
  never,     // nothing is read: for counts and screens, where a forged fingerprint hurts nobody
  deciding,  // bytes are read only where they decide whether the path changed at all
  always     // also where something else differs already, so that `content` is proven too
};

struct CompareOptions {
  bool ignore_mtime = false;  // C03
  ContentProof proof = ContentProof::deciding;
};

// Contents are read only where the fingerprints agree, the bytes are not those of one member (C02)
// and `proof` asks for it; unread ones with equal fingerprints count as equal. A directory's own
// change and its children's are separate (C10); a type change is one change of its path, the
// vanished subtree listed as deleted (C11).
ChangeSet compare(const Tree& before, const Tree& after, LayerCache& cache,
                  const CompareOptions& options = {}, const std::stop_token& stop = {});

}  // namespace imgops
