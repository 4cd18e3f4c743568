// A range of layers written as one, and everything that must hold of the result (semantics C12, W,
// Q).
#pragma once

#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/naive_model.hpp"
#include "tests/semantics/naive_tar.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace imgops::test {

class Rewriting {
 public:
  // Throws as the library does when the layers have no view.
  explicit Rewriting(const std::vector<story::Layer>& layers);

  std::size_t size() const { return layers_.size(); }
  // The archives of the layers, empty where they cannot be taken apart.
  const std::vector<naive::TarArchive>& sources() const { return sources_; }

  // The layer in place of [first, last), taken apart. Throws what the library throws.
  naive::TarArchive write(std::size_t first, std::size_t last);
  std::string listing(std::size_t first, std::size_t last);

  // One line a fault of the layer in place of [first, last): the tree read back by the library and
  // by the naive model, the layers above it, the writer's rules, a second run, 1 and 16 threads.
  std::vector<std::string> faults(std::size_t first, std::size_t last);

 private:
  struct Range;
  void check_trees(const Range& range, const Written& written, std::vector<std::string>& lines);
  void check_model(const Range& range, const naive::TarArchive& archive,
                   std::vector<std::string>& lines) const;
  void check_bytes(const Range& range, const Written& written, std::vector<std::string>& lines);
  Range open(std::size_t first, std::size_t last);

  std::vector<story::Layer> layers_;
  LibraryStack stack_;
  std::vector<naive::TarArchive> sources_;
};

}  // namespace imgops::test
