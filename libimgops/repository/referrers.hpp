// Which listed documents say that they are about another: signatures, attestations and what else
// has a `subject`. Source: OCI image-spec v1.1, manifest.md and image-index.md.
#pragma once

#include "libimgops/repository/revision.hpp"

#include <set>
#include <vector>

namespace imgops {

// Of one collection at one time. With a cache only documents it does not know are read, and put
// into it when they could be; what cannot be read is about nothing. Immutable.
class ReferrerList {
 public:
  explicit ReferrerList(const Collection& collection);

  // Those about one of `subjects`, in the order of the index.
  std::vector<Descriptor> about(const std::set<Digest>& subjects) const;

 private:
  struct Listed {
    Descriptor descriptor;
    Digest subject;
  };
  std::vector<Listed> listed_;
};

}  // namespace imgops
