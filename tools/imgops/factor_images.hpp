// Several images of one layout rewritten together: where their blobs go, and their names in one
// transaction.
#pragma once

#include "libimgops/ops/factor.hpp"
#include "tools/imgops/write_result.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace imgops::cli {

// A name of a layout that leads to one image, not to an index.
struct FactoredName {
  std::string name;
  Image image;
};
// All in one layout, which `place` is set to. Throws Error(invalid_argument) for what is no name of
// a layout, is given twice, or names several platforms.
std::vector<FactoredName> select_names(Context& context, std::span<const std::string> words,
                                       Place*& place);

// Blobs go straight into the layout, under --strict aside first; a dry run forgets them.
class GroupWriter {
 public:
  GroupWriter(Context& context, const Options& options, Place& place);
  Operation operation();
  // All names move or none.
  void write(std::span<const NamedDescriptor> names);

 private:
  Context& context_;
  Place& place_;
  bool is_dry_run_;
  EncoderOptions encoder_;
  std::unique_ptr<TemporaryDirectory> aside_directory_;
  std::unique_ptr<LayoutBlobs> aside_;
  std::unique_ptr<BlobStore> store_;
  std::unique_ptr<LayerCache> layers_;
};

// The base and the images on it with the annotations that say so. Returns what the base is called
// that they had in common before: a name, or how many layers it has.
std::string state_bases(Context& context, Place& place, const std::string& base_name,
                        FactorResult& result);

// What all distinct layers of `images` take, stored.
std::uint64_t stored_together(std::span<const Image> images);

}  // namespace imgops::cli
