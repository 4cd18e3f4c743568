// Several images of one layout put on a common base together: which they are, platform by platform,
// and what their names will point to.
#pragma once

#include "libimgops/ops/factor.hpp"
#include "tools/imgops/write_result.hpp"

#include <span>
#include <string>
#include <vector>

namespace imgops::cli {

// A name of a layout, and the images it leads to: one, or those of an index.
struct FactoredName {
  std::string name;
  Descriptor root;
  std::vector<PlatformImage> platforms;  // of an index those that were asked for
};
// All in one layout, which `place` is set to. Throws Error(invalid_argument) for what is no name of
// a layout or is given twice.
std::vector<FactoredName> select_names(Context& context, std::span<const std::string> words,
                                       Place*& place);

// The images of one platform, one a name, in their order.
struct FactoredPlatform {
  std::string platform;  // empty: no name is an index
  std::vector<Replacement> before;
  std::vector<Image> images() const;
  FactorResult result = {};
  std::string shared_name = {};  // what the base stands on
};
// Where a name is an index, the platforms that all names have, in the order of the first; else one
// of whatever the names lead to. Platforms left out are told. Throws Error(invalid_argument) when
// there is none.
std::vector<FactoredPlatform> group_platforms(Context& context,
                                              std::span<const FactoredName> names);

// The base and the images on it with the annotations that say so. Returns what the base is called
// that they had in common before: a name, or how many layers it has.
std::string state_bases(Context& context, Place& place, const std::string& base_name,
                        FactorResult& result);

// What the names will point to, the base first, stored. The base of indexes is an index. What was
// said about replaced images is named.
std::vector<NamedDescriptor> store_factored(ResultWriter& writer, const std::string& base_name,
                                            std::span<const FactoredName> names,
                                            std::span<const FactoredPlatform> platforms);

}  // namespace imgops::cli
