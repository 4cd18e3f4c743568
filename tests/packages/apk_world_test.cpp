#include "libimgops/packages/apk_world.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

ApkPackage library() {
  ApkPackage package;
  package.name = "library";
  package.version = "2-r0";
  package.checksum = "Q1new=";
  return package;
}

TEST(ApkWorld, AWordThatAsksForAnotherVersionOrBuildIsUnmet) {
  for (const char* word : {"library=1-r0", "library<2", "library@edge=1-r0", "library><Q1old="}) {
    EXPECT_EQ(unmet_wish(std::string("tool\n") + word + " other\n", library()), word);
  }
}

TEST(ApkWorld, AWordThatThePackageMeetsOrOfAnotherPackageIsNot) {
  EXPECT_EQ(unmet_wish("library library@edge library>=1 library=2-r0 library><Q1new=\n"
                       "library-extra=1-r0 lib=1 !library\n",
                       library()),
            std::nullopt);
}

}  // namespace
}  // namespace imgops
