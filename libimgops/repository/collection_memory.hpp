// What one run has found out about a collection. Questions about many of its images would each go
// through all that is listed; with a memory the list is gone through once.
#pragma once

#include "libimgops/image/descriptor.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/image/platform.hpp"
#include "libimgops/repository/stack_table.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace imgops {

struct Collection;

// Who of a collection's index may have which lowest layers. Immutable.
struct LearnedStacks {
  StackTable table;
  // Positions in the index, ascending. Entries whose name an earlier one has are in neither.
  std::unordered_map<Digest, std::vector<std::size_t>> by_chain;  // may have just these layers
  std::vector<std::size_t> unknown;                               // may have any, or have none
};

// Reads what the cache of `collection` does not know, and puts it there. It has one.
LearnedStacks learn_stacks(const Collection& collection, const Platform& platform);

// Belongs to one index that does not change. Not thread-safe.
class CollectionMemory {
 public:
  // As find_name(index, name).
  const Descriptor* find(const Index& index, std::string_view name);
  // As learn_stacks(), once for each platform.
  std::shared_ptr<const LearnedStacks> stacks(const Collection& collection,
                                              const Platform& platform);

 private:
  struct Known {
    Platform platform;
    std::shared_ptr<const LearnedStacks> stacks;
  };
  bool has_names_ = false;
  std::unordered_map<std::string, std::size_t> positions_;  // of the first entry of a name
  std::vector<Known> known_;
};

}  // namespace imgops
