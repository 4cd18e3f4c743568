// Limits of one layer that its reader holds: docs/security.md.
#include "libimgops/base/error.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/raw_tar.hpp"

#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

std::string components(std::size_t count) {
  std::string path = "a";
  while (--count > 0) path += "/a";
  return path;
}

std::string rejection_of_layer(RawTar& archive) {
  return rejection_of([&] {
    SilentObserver silent;
    read_archive(std::make_shared<const StringAccess>(archive.end()), silent);
  });
}

std::string rejection_of_name(const std::string& name) {
  RawTar archive;
  return rejection_of_layer(archive.add({.name = "f", .records = {{"path", name}}}));
}

TEST(LayerLimits, ANameHasAtMost2048Components) {
  EXPECT_EQ(rejection_of_name(components(2048)), "none");
  EXPECT_EQ(rejection_of_name(components(2049)), "META-SIZE T25");
}

TEST(LayerLimits, AMarkerStandsNoDeeper) {
  EXPECT_EQ(rejection_of_name(components(2047) + "/.wh.b"), "none");
  EXPECT_EQ(rejection_of_name(components(2048) + "/.wh.b"), "META-SIZE T25");
}

TEST(LayerLimits, ALinkNamesNothingDeeper) {
  for (const auto& [depth, expected] :
       {std::pair(std::size_t{2048}, "none"), std::pair(std::size_t{2049}, "META-SIZE T25")}) {
    RawTar archive;
    archive.add({.name = "h", .type = '1', .records = {{"linkpath", components(depth)}}});
    EXPECT_EQ(rejection_of_layer(archive), expected);
  }
}

}  // namespace
}  // namespace imgops::testing
