#include "libimgops/tree/resolve.hpp"

#include "libimgops/tree/union.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

Tree sample() {
  SilentObserver silent;
  const auto layer = testing::LayerBuilder()
                         .directory("usr")
                         .directory("usr/lib")
                         .file("usr/lib/b", "x")
                         .symlink("lib", "usr/lib")
                         .symlink("up", "../../usr")
                         .symlink("loop", "loop")
                         .symlink("out", "nowhere")
                         .build();
  return apply_layers(Tree(), std::span(&layer, 1), 0, silent);
}

TEST(Resolve, FollowsLinksInTheMiddle) {
  const Tree tree = sample();
  EXPECT_EQ(resolve(tree, "/lib/b", LastComponent::keep), tree.find("usr/lib/b"));
}

TEST(Resolve, DotsNeverLeaveTheRoot) {
  const Tree tree = sample();
  EXPECT_EQ(resolve(tree, "up/lib/b", LastComponent::follow), tree.find("usr/lib/b"));
  EXPECT_EQ(resolve(tree, "../../usr", LastComponent::follow), tree.find("usr"));
}

TEST(Resolve, TheLastLinkIsKeptOnRequest) {
  const Tree tree = sample();
  EXPECT_EQ(resolve(tree, "lib", LastComponent::keep), tree.find("lib"));
  EXPECT_EQ(resolve(tree, "lib", LastComponent::follow), tree.find("usr/lib"));
}

TEST(Resolve, LoopsAndDanglingLinksLeadNowhere) {
  const Tree tree = sample();
  EXPECT_EQ(resolve(tree, "loop", LastComponent::follow), nullptr);
  EXPECT_EQ(resolve(tree, "out", LastComponent::follow), nullptr);
  EXPECT_EQ(resolve(tree, "usr/lib/b/c", LastComponent::follow), nullptr);
}

TEST(Resolve, ALinkNoKernelMakesLeadsNowhere) {
  SilentObserver silent;
  const auto layer = testing::LayerBuilder()
                         .directory("usr")
                         .symlink("long", "usr" + std::string(4093, '/'))
                         .symlink("longest", "usr" + std::string(4092, '/'))
                         .build();
  const Tree tree = apply_layers(Tree(), std::span(&layer, 1), 0, silent);
  EXPECT_EQ(resolve(tree, "long", LastComponent::follow), nullptr);
  EXPECT_EQ(resolve(tree, "longest", LastComponent::follow), tree.find("usr"));
}

TEST(RealPath, GoesWhereDirectoryLinksLead) {
  const Tree tree = sample();
  EXPECT_EQ(real_path(tree, "lib/new/file"), "usr/lib/new/file");
  EXPECT_EQ(real_path(tree, "fresh/file"), "fresh/file");
}

}  // namespace
}  // namespace imgops
