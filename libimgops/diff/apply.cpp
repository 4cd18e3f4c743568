#include "libimgops/diff/apply.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"

#include <string>
#include <utility>

namespace imgops {

Tree apply(const Tree& before, const ChangeSet& changes) {
  const auto nodes = before.nodes();
  std::vector<Node> result;
  result.reserve(nodes.size() + changes.size());
  std::size_t at = 0;
  for (const Change& change : changes) {
    while (at < nodes.size() && compare_paths(nodes[at].path(), change.path()) < 0) {
      result.push_back(nodes[at++]);
    }
    const bool there = at < nodes.size() && nodes[at].path() == change.path();
    if (there != (change.before != nullptr)) {
      throw Error(ErrorKind::conflict,
                  printable(change.path()) + (there ? ": is there already" : ": is not there"));
    }
    if (there) ++at;
    if (change.after != nullptr) result.push_back(*change.after);
  }
  while (at < nodes.size()) result.push_back(nodes[at++]);
  return {std::move(result), before.owners()};
}

ChangeSet invert(const ChangeSet& changes) {
  ChangeSet result = changes;
  for (Change& change : result) std::swap(change.before, change.after);
  return result;
}

}  // namespace imgops
