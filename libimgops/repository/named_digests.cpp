#include "libimgops/repository/named_digests.hpp"

namespace imgops {

NamedDigests::NamedDigests(std::span<const NamedDescriptor> names) {
  for (const NamedDescriptor& named : names) {
    digests_.try_emplace(named.name, named.descriptor.digest());
  }
}

std::optional<Digest> NamedDigests::find(std::string_view name) const {
  const auto found = digests_.find(name);
  if (found == digests_.end()) return std::nullopt;
  return found->second;
}

}  // namespace imgops
