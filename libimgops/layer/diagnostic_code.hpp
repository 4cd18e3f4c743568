// Findings as bytes, for the cache on disk.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/layer/byte_code.hpp"

#include <vector>

namespace imgops {

// Without layer and layer index: those are the reader's to fill in.
void encode_diagnostics(ByteWriter& out, const std::vector<Diagnostic>& diagnostics);
// Throws Error(corrupt) on anything encode_diagnostics() does not write.
std::vector<Diagnostic> decode_diagnostics(ByteReader& in);

}  // namespace imgops
