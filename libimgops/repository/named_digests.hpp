// Where many names stand, for whoever asks about many: one search of a list each would take the
// square of their number.
#pragma once

#include "libimgops/repository/repository.hpp"

#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace imgops {

class NamedDigests {
 public:
  // `names`, whose first of several alike counts, outlive it.
  explicit NamedDigests(std::span<const NamedDescriptor> names);
  std::optional<Digest> find(std::string_view name) const;

 private:
  std::map<std::string_view, Digest> digests_;
};

}  // namespace imgops
