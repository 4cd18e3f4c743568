#include "libimgops/tree/union.hpp"

#include "libimgops/base/error.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::LayerBuilder;

class Recorder final : public Observer {
 public:
  void diagnose(const Diagnostic& diagnostic) override { found.push_back(diagnostic); }
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
  bool has(DiagnosticCode code, std::string_view row) const {
    return std::any_of(found.begin(), found.end(), [&](const Diagnostic& diagnostic) {
      return diagnostic.code == code && diagnostic.row == row;
    });
  }
  std::vector<Diagnostic> found;
};

Tree stack(const std::vector<std::shared_ptr<const LayerIndex>>& layers, Observer& observer) {
  return apply_layers(Tree(), layers, 0, observer);
}

Tree stack(const std::vector<std::shared_ptr<const LayerIndex>>& layers) {
  SilentObserver silent;
  return stack(layers, silent);
}

std::string text_of(const Tree& tree, std::string_view path) {
  const Node* node = tree.find(path);
  if (node == nullptr) return "(none)";
  if (node->inode()->content().origin == nullptr) return "(no body)";
  return node->inode()->content().origin->texts[node->inode()->content().offset_bytes];
}

std::vector<std::string> names(const Tree& tree) {
  std::vector<std::string> result;
  for (const Node& node : tree.nodes()) result.emplace_back(node.path());
  return result;
}

TEST(Union, WhiteoutHidesOnlyLowerLayers) {
  const Tree tree = stack({LayerBuilder().file("a", "old").build(),
                           LayerBuilder().whiteout("a").file("a", "new").build()});
  EXPECT_EQ(text_of(tree, "a"), "new");
}

TEST(Union, WhiteoutAndDirectoryOfOneNameMakeTheDirectoryNew) {
  const Tree tree = stack({LayerBuilder().directory("d").file("d/old", "").build(),
                           LayerBuilder().whiteout("d").directory("d").file("d/new", "").build()});
  EXPECT_EQ(names(tree), (std::vector<std::string>{"", "d", "d/new"}));
}

TEST(Union, AReplacedLinkTargetLeavesOtherNamesTheirBytes) {
  const Tree tree = stack({LayerBuilder().file("a", "old").hard_link("b", "a").build(),
                           LayerBuilder().file("a", "new").build()});
  EXPECT_EQ(text_of(tree, "b"), "old");
  EXPECT_EQ(text_of(tree, "a"), "new");
}

TEST(Union, AnImpliedDirectoryKeepsTheLowerOnesMetadata) {
  Recorder recorder;
  const Tree tree = stack(
      {LayerBuilder().directory("tmp", 01777).build(), LayerBuilder().file("tmp/b", "").build()},
      recorder);
  EXPECT_EQ(tree.find("tmp")->inode()->mode(), 01777);
  EXPECT_TRUE(recorder.has(DiagnosticCode::implied_parent, "P01"));
}

TEST(Union, AFileBelowALowerSymlinkReplacesTheSymlink) {
  Recorder recorder;
  const Tree tree = stack({LayerBuilder()
                               .directory("usr")
                               .directory("usr/lib")
                               .file("usr/lib/a", "")
                               .symlink("lib", "usr/lib")
                               .build(),
                           LayerBuilder().file("lib/b", "").build()},
                          recorder);
  EXPECT_EQ(names(tree),
            (std::vector<std::string>{"", "lib", "lib/b", "usr", "usr/lib", "usr/lib/a"}));
  EXPECT_TRUE(recorder.has(DiagnosticCode::symlink_parent, "P08"));
}

TEST(Union, AWhiteoutBelowALowerSymlinkMakesItAnEmptyDirectory) {
  const Tree tree = stack({LayerBuilder()
                               .directory("usr")
                               .directory("usr/lib")
                               .file("usr/lib/a", "")
                               .symlink("lib", "usr/lib")
                               .build(),
                           LayerBuilder().whiteout("lib/a").build()});
  EXPECT_EQ(names(tree), (std::vector<std::string>{"", "lib", "usr", "usr/lib", "usr/lib/a"}));
}

TEST(Union, ALinkInTheSameLayerIsFollowedByItsChildren) {
  const Tree tree = stack({LayerBuilder()
                               .directory("usr")
                               .directory("usr/lib")
                               .symlink("lib", "/usr/lib")
                               .file("lib/b", "x")
                               .build()});
  EXPECT_EQ(names(tree), (std::vector<std::string>{"", "lib", "usr", "usr/lib", "usr/lib/b"}));
}

TEST(Union, ALinkLoopInTheSameLayerIsRejected) {
  try {
    stack({LayerBuilder().symlink("a", "b").symlink("b", "a").file("a/x", "").build()});
    FAIL();
  } catch (const Error& error) {
    ASSERT_NE(error.diagnostic(), nullptr);
    EXPECT_EQ(error.diagnostic()->code, DiagnosticCode::parent_not_dir);
    EXPECT_EQ(error.diagnostic()->row, "P14");
    EXPECT_EQ(error.diagnostic()->layer_index, 0U);
  }
}

TEST(Union, ALinkIntoALowerLayerJoinsItsGroup) {
  Recorder recorder;
  const Tree tree =
      stack({LayerBuilder().file("a", "x").build(), LayerBuilder().hard_link("b", "a").build()},
            recorder);
  EXPECT_EQ(tree.find("a")->inode(), tree.find("b")->inode());
  EXPECT_TRUE(recorder.has(DiagnosticCode::hl_lower, "L02"));
}

TEST(Union, ALinkToAWhitedOutLowerFileIsRejected) {
  EXPECT_THROW(stack({LayerBuilder().file("a", "x").build(),
                      LayerBuilder().whiteout("a").hard_link("b", "a").build()}),
               Error);
}

TEST(Union, ALaterLinkEntryChangesTheSharedAttributes) {
  LayerBuilder builder;
  builder.file("a", "x").hard_link("b", "a");
  builder.last().mode = 0600;
  const Tree tree = stack({builder.build()});
  EXPECT_EQ(tree.find("a")->inode()->mode(), 0600);
  EXPECT_EQ(tree.find("a")->inode(), tree.find("b")->inode());
}

TEST(Union, ReplacingADirectoryWithAFileForgetsWhatWasInIt) {
  const Tree tree = stack({LayerBuilder().directory("d").file("d/x", "").file("d", "f").build()});
  EXPECT_EQ(names(tree), (std::vector<std::string>{"", "d"}));
}

TEST(Union, OpaqueMarkersSpareTheSameLayer) {
  const Tree tree = stack({LayerBuilder().directory("d").file("d/old", "").build(),
                           LayerBuilder().file("d/sub/t", "").opaque("d").build()});
  EXPECT_EQ(names(tree), (std::vector<std::string>{"", "d", "d/sub", "d/sub/t"}));
}

// ---- limits (docs/security.md)
// -------------------------------------------------------------------

std::string components(std::size_t count) {
  std::string path = "a";
  while (--count > 0) path += "/a";
  return path;
}

std::optional<DiagnosticCode> rejection_of(LayerBuilder& builder) {
  try {
    stack({builder.build()});
    return std::nullopt;
  } catch (const Error& error) {
    return error.diagnostic()->code;
  }
}

TEST(UnionLimits, LinksMakeNoDeeperTreesThanNames) {
  LayerBuilder deepest;
  deepest.symlink("l", components(2000)).file("l/" + components(47) + "/f", "");
  EXPECT_EQ(rejection_of(deepest), std::nullopt);
  LayerBuilder deeper;
  deeper.symlink("l", components(2000)).file("l/" + components(48) + "/f", "");
  EXPECT_EQ(rejection_of(deeper), DiagnosticCode::meta_size);
}

TEST(UnionLimits, ALinkNoKernelMakesIsNotFollowed) {
  LayerBuilder longest;
  longest.symlink("l", std::string(4095, 't')).file("l/f", "");
  EXPECT_EQ(rejection_of(longest), std::nullopt);
  LayerBuilder longer;
  longer.symlink("l", std::string(4096, 't')).file("l/f", "");
  EXPECT_EQ(rejection_of(longer), DiagnosticCode::parent_not_dir);
}

// "d/l" leads to the root, so that its entries get shorter; "l" back into d, so that they grow.
TEST(UnionLimits, LinksAddAtMostOnePathToAName) {
  const std::string long_name(3000, 'n');
  LayerBuilder once;
  once.directory(long_name).symlink("l", long_name).file("l/f", "");
  EXPECT_EQ(rejection_of(once), std::nullopt);
  LayerBuilder twice;
  twice.directory(long_name).symlink("l", long_name).directory("l/" + long_name);
  twice.symlink("m", "l/" + long_name).file("m/f", "");
  EXPECT_EQ(rejection_of(twice), DiagnosticCode::meta_size);
}

TEST(UnionLimits, FortyLinksAreFollowedAndNoMore) {
  const auto chain = [](int length) {
    LayerBuilder builder;
    for (int i = 1; i < length; ++i) {
      builder.symlink("l" + std::to_string(i), "l" + std::to_string(i + 1));
    }
    builder.symlink("l" + std::to_string(length), "d").directory("d").file("l1/f", "");
    return rejection_of(builder);
  };
  EXPECT_EQ(chain(40), std::nullopt);
  EXPECT_EQ(chain(41), DiagnosticCode::parent_not_dir);
}

}  // namespace
}  // namespace imgops
