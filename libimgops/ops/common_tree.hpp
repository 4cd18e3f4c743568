// What several views hold alike, and views changed so that they hold it already. Private to factor.
#pragma once

#include "libimgops/diff/compare.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <stop_token>
#include <string_view>
#include <vector>

namespace imgops {

// Begun with what all views have below them and the first view; each further view takes away what
// it holds otherwise. Hard links are alike together or not at all (command-line §8.5).
class CommonTree {
 public:
  CommonTree(Tree lower, Tree first);

  // `view` need not outlive the call.
  void add(const Tree& view, LayerCache& cache, const CompareOptions& options,
           const std::stop_token& stop);
  // Once all views were added: takes away the names of files that have others elsewhere.
  void finish();

  // `view` with everything alike in place of its own: nodes all views have, without those of the
  // lower tree that none has. Directories above them are made as the first view has them where
  // `view` has none. Of the lower tree this is the common base; of a view that was added, a view
  // equal to it.
  Tree laid_over(const Tree& view) const;

 private:
  void separate_groups(const Tree& view);
  std::vector<char> needed_directories() const;

  Tree lower_;
  Tree first_;
  std::vector<char> is_alike_;   // by number of the node of `first_`
  std::vector<char> is_absent_;  // by number of the node of `lower_`: no view has it
  std::vector<std::vector<std::string_view>> groups_;  // of all views; paths live in the layers
  std::vector<std::shared_ptr<const void>> owners_;    // of those paths
};

}  // namespace imgops
