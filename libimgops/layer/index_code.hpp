// An index as bytes, for the cache on disk, some 60 bytes an entry.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/layer/header_store.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// `headers` says what the slots of the entries refer to; `diagnostics` are kept instead of the
// index's own. `index` is of an archive. Written in pieces, since the whole may be as large as the
// index.
void encode_index(const LayerIndex& index, const HeaderSeal& headers,
                  const std::vector<Diagnostic>& diagnostics, Sink& out);

struct DecodedIndex {
  std::shared_ptr<LayerIndex> index;
  HeaderSeal headers;
};
// The index of the layer `id`. Throws Error(corrupt) on anything encode_index() does not write; no
// memory is taken that `bytes` does not justify.
DecodedIndex decode_index(std::string_view bytes, const DiffId& id);

}  // namespace imgops
