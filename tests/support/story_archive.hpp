// The bytes of a story's layers.
#pragma once

#include "tests/support/story.hpp"

#include <string>
#include <vector>

namespace imgops::story {

struct BuiltLayer {
  std::string archive;   // uncompressed, edits applied
  std::string blob;      // as stored, edits applied
  std::string declared;  // compression the media type shall name
};

BuiltLayer build(const Layer& layer);
std::vector<BuiltLayer> build(const std::vector<Layer>& layers);

}  // namespace imgops::story
