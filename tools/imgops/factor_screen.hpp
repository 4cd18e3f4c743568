// What `factor` prints. Source: command-line §13.7; docs/commands/factor.md.
#pragma once

#include "tools/imgops/factor_images.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgops::cli {

struct Factored {
  std::string base_name;
  std::optional<Digest> base;  // what it points to; nullopt: too little in common everywhere
  std::vector<FactoredName> names;
  std::vector<FactoredPlatform> platforms;
  std::uint64_t least_bytes = 0;
};

// The document, or a sentence a platform and a table; what had too little in common is said.
void print_factored(Context& context, const Factored& factored);

}  // namespace imgops::cli
