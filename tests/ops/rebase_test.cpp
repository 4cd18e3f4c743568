#include "libimgops/ops/rebase.hpp"

#include "libimgops/image/story.hpp"
#include "libimgops/ops/merge_drivers.hpp"
#include "tests/ops/workshop.hpp"
#include "tests/support/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::LayerBuilder;
using testing::RawTar;
using testing::Workshop;
using Layer = std::shared_ptr<const LayerIndex>;

// A base with a library and a database of packages; a newer one; and what is built on the old one.
struct Yard : Workshop {
  explicit Yard(std::size_t threads = 2) : Workshop(threads) {}

  Image base(const std::string& version) {
    return add(empty(), LayerBuilder()
                            .directory("etc")
                            .file("etc/release", version)
                            .directory("usr")
                            .directory("usr/lib")
                            .file("usr/lib/library", "library " + version)
                            .file("usr/lib/other", "other")
                            .build());
  }
  Image with(const Image& image, LayerBuilder layer) { return add(image, layer.build()); }
  Image with_raw(const Image& image, LayerBuilder layer) { return add_raw(image, layer.build()); }

  RebasedImage move(const Image& image, const Image& from, const Image& to,
                    const RebaseOptions& options = {}) {
    const BasePair bases = open_bases(operation, image, from.layers().size(), from, to);
    return rebase(operation, image, bases, choices, options);
  }
  // Verdicts as "kind path" or "verdict path".
  static std::vector<std::string> verdicts(const RebasedImage& result) {
    std::vector<std::string> lines;
    for (const MergedPath& path : result.paths) {
      lines.push_back(std::string(path.kind ? name(*path.kind) : name(path.verdict)) + " " +
                      path.path);
    }
    return lines;
  }
  MergeChoices choices;
};

using Lines = std::vector<std::string>;

TEST(Rebase, TheImagesLayersKeepTheirBytesOnTheNewBase) {
  Yard yard;
  const Image from = yard.base("1");
  const Image to = yard.base("2");
  const Image app = yard.with(from, LayerBuilder().file("etc/app", "app"));
  const RebasedImage result = yard.move(app, from, to);
  ASSERT_EQ(result.image.layers().size(), 2U);
  EXPECT_EQ(result.image.layers()[0].descriptor, to.layers()[0].descriptor);
  EXPECT_EQ(result.image.layers()[1].descriptor, app.layers()[1].descriptor);
}

TEST(Rebase, WhatTheNewBaseChangedShows) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.with(from, LayerBuilder().file("etc/app", "app"));
  const RebasedImage result = yard.move(app, from, yard.base("2"));
  EXPECT_EQ(yard.text(result.image, "usr/lib/library"), "library 2");
}

TEST(Rebase, ACopyOfTheOldBasesFileDoesNotHideTheNewOne) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.with_raw(from, LayerBuilder().directory("usr").directory("usr/lib").file(
                                            "usr/lib/library", "library 1"));
  const RebasedImage result = yard.move(app, from, yard.base("2"));
  EXPECT_EQ(yard.text(result.image, "usr/lib/library"), "library 2");
  EXPECT_TRUE(result.resolution.has_value());
}

TEST(Rebase, WithoutAnythingToCorrectThereIsNoResolutionLayer) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.with(from, LayerBuilder().file("etc/app", "app"));
  EXPECT_FALSE(yard.move(app, from, yard.base("2")).resolution.has_value());
}

TEST(Rebase, ASecondTimeChangesNothing) {
  Yard yard;
  const Image from = yard.base("1");
  const Image to = yard.base("2");
  const Image app = yard.with_raw(from, LayerBuilder().file("usr/lib/library", "library 1"));
  const Image once = yard.move(app, from, to).image;
  const RebasedImage twice = yard.move(once, to, to);
  EXPECT_FALSE(twice.changed);
  EXPECT_EQ(twice.image.descriptor(), once.descriptor());
}

TEST(Rebase, OntoTheSameBaseIsIdentity) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.with(from, LayerBuilder().file("etc/app", "app"));
  EXPECT_EQ(yard.move(app, from, from).image.descriptor(), app.descriptor());
}

TEST(Rebase, OffABaseThatStandsOnTheNewOneItsUpperLayersGo) {
  Yard yard;
  const Image lower = yard.base("1");
  const Image upper = yard.with(lower, LayerBuilder().file("etc/patch", "patch"));
  const Image app = yard.with(upper, LayerBuilder().file("etc/app", "app"));
  const RebasedImage result = yard.move(app, upper, lower);
  EXPECT_EQ(result.image.layers().size(), 2U);
  EXPECT_EQ(yard.text(result.image, "etc/patch"), "-");
  EXPECT_EQ(yard.text(result.image, "etc/app"), "app");
}

TEST(Rebase, AMarkerInADirectoryThatNobodyDescribedLeavesTheNewBasesLink) {
  Yard yard;
  const Image from =
      yard.with(yard.base("1"), LayerBuilder().directory("c").file("c/b", "b").directory("x"));
  const Image to = yard.with(yard.base("1"), LayerBuilder().directory("x").symlink("c", "x"));
  const Image app = yard.add_archive(from, RawTar().file("c/.wh.b").end());
  const RebasedImage result = yard.move(app, from, to);
  ASSERT_FALSE(result.is_open());
  const Tree tree = view(yard.operation, result.image);
  EXPECT_EQ(tree.find("c")->inode()->type(), FileType::symlink);
}

TEST(Rebase, ALaterRebaseMakesItsResolutionLayerAnew) {
  Yard yard;
  const Image first = yard.base("1");
  const Image second = yard.base("2");
  const Image third = yard.base("3");
  const Image app = yard.with_raw(first, LayerBuilder().file("usr/lib/library", "library 1"));
  const Image once = yard.move(app, first, second).image;
  const Image twice = yard.move(once, second, third).image;
  EXPECT_EQ(twice.layers().size(), once.layers().size());
  EXPECT_EQ(yard.text(twice, "usr/lib/library"), "library 3");
}

TEST(Rebase, RewritingPutsTheCorrectionIntoTheLayer) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.with_raw(
      from, LayerBuilder().file("usr/lib/library", "library 1").file("etc/app", "app"));
  RebaseOptions options;
  options.layers = RebaseLayers::rewritten;
  const RebasedImage result = yard.move(app, from, yard.base("2"), options);
  EXPECT_EQ(result.image.layers().size(), 2U);
  EXPECT_EQ(yard.text(result.image, "usr/lib/library"), "library 2");
  EXPECT_EQ(yard.text(result.image, "etc/app"), "app");
}

TEST(Rebase, RewrittenAndKeptLayersShowTheSame) {
  Yard yard;
  const Image from = yard.base("1");
  const Image to = yard.base("2");
  Image app = yard.with_raw(from, LayerBuilder().file("usr/lib/library", "library 1"));
  app = yard.with(app, LayerBuilder().file("etc/app", "app"));
  RebaseOptions rewrite;
  rewrite.layers = RebaseLayers::rewritten;
  EXPECT_TRUE(
      yard.is_same(yard.move(app, from, to).image, yard.move(app, from, to, rewrite).image));
}

// The first layer changes what the second changes back, and the new base has it no more.
TEST(Rebase, RewritingIsNoConflictWhereKeepingLayersIsNone) {
  Yard yard;
  const Image from = yard.base("1");
  const Image to = yard.with(yard.empty(), LayerBuilder().directory("etc").directory("usr"));
  Image app = yard.with_raw(from, LayerBuilder().file("etc/release", "changed"));
  app = yard.with_raw(app, LayerBuilder().file("etc/release", "1").file("etc/app", "app"));
  RebaseOptions options;
  options.layers = RebaseLayers::rewritten;
  const RebasedImage kept = yard.move(app, from, to);
  const RebasedImage rewritten = yard.move(app, from, to, options);
  ASSERT_FALSE(kept.is_open());
  EXPECT_EQ(Yard::verdicts(rewritten), Yard::verdicts(kept));
  EXPECT_TRUE(yard.is_same(rewritten.image, kept.image));
}

TEST(Rebase, AnOpenConflictWritesNothing) {
  Yard yard;
  const Image from = yard.base("1");
  const Image to = yard.base("2");
  const Image app = yard.with(from, LayerBuilder().file("etc/release", "ours"));
  const std::size_t count = yard.blobs.count();
  const RebasedImage result = yard.move(app, from, to);
  EXPECT_EQ(Yard::verdicts(result), (Lines{"content etc/release", "take-new usr/lib/library"}));
  EXPECT_EQ(yard.blobs.count(), count);
}

TEST(Rebase, JudgingWritesNothing) {
  Yard yard;
  const Image from = yard.base("1");
  const Image to = yard.base("2");
  const Image app = yard.with_raw(from, LayerBuilder().file("usr/lib/library", "library 1"));
  const std::size_t count = yard.blobs.count();
  RebaseOptions options;
  options.work = RebaseWork::judge_only;
  EXPECT_FALSE(yard.move(app, from, to, options).changed);
  EXPECT_EQ(yard.blobs.count(), count);
}

TEST(Rebase, AnOpaqueDirectoryOverNewFilesIsAConflict) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.add_archive(from, RawTar()
                                               .directory("usr/")
                                               .directory("usr/lib/")
                                               .file("usr/lib/.wh..wh..opq")
                                               .file("usr/lib/own", "own")
                                               .end());
  const Image to = yard.with(yard.base("1"), LayerBuilder().file("usr/lib/new", "new"));
  const Lines verdicts = Yard::verdicts(yard.move(app, from, to));
  EXPECT_THAT(verdicts, ::testing::Contains("hidden usr/lib/new"));
}

TEST(Rebase, ADirectoryWhereTheNewBaseHasALinkIsAConflict) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app = yard.with(from, LayerBuilder().directory("lib").file("lib/own", "own"));
  const Image to = yard.with(yard.base("2"), LayerBuilder().symlink("lib", "usr/lib"));
  const RebasedImage result = yard.move(app, from, to);
  EXPECT_EQ(Yard::verdicts(result).at(1), "type lib");
  EXPECT_TRUE(result.is_open());
}

TEST(Rebase, ALinkToAFileThatTheNewBaseChangedIsAConflict) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app =
      yard.with_raw(from, LayerBuilder().hard_link("usr/lib/alias", "usr/lib/library"));
  const RebasedImage result = yard.move(app, from, yard.base("2"));
  const Lines verdicts = Yard::verdicts(result);
  EXPECT_THAT(verdicts, ::testing::Contains("hardlink usr/lib/library"));
}

TEST(Rebase, ALinkToAFileThatTheNewBaseLacksIsAConflictAndNoFailure) {
  Yard yard;
  const Image from = yard.base("1");
  const Image app =
      yard.with_raw(from, LayerBuilder().hard_link("usr/lib/alias", "usr/lib/library"));
  const Image to = yard.with(yard.empty(), LayerBuilder().directory("usr").directory("usr/lib"));
  const RebasedImage result = yard.move(app, from, to);
  EXPECT_TRUE(result.is_open());
  EXPECT_THAT(Yard::verdicts(result), ::testing::Contains("hardlink usr/lib/alias"));
}

TEST(Rebase, ImagesWithoutHistoryLoseAndDoubleNoLayer) {
  Yard yard;
  const Image from = with_story(yard.base("1"), story_steps(yard.base("1")));
  const auto bare = [](const Image& image) {
    return edit_configuration(image, [](Json& json) { json.erase("history"); });
  };
  Image app = yard.with(from, LayerBuilder().file("etc/a", "a"));
  app = bare(yard.with(app, LayerBuilder().file("etc/b", "b")));
  const Image to = bare(yard.with(yard.base("2"), LayerBuilder().file("etc/c", "c")));
  const Image result = yard.move(app, bare(from), to).image;
  ASSERT_EQ(result.layers().size(), 4U);
  EXPECT_EQ(result.layers()[2].descriptor, app.layers()[1].descriptor);
  EXPECT_EQ(result.layers()[3].descriptor, app.layers()[2].descriptor);
}

TEST(Rebase, ARecompressedBaseIsTheSameBase) {
  Yard yard;
  const Image from = yard.base("1");
  Image app = yard.with(from, LayerBuilder().file("etc/app", "app"));
  Yard other;
  other.operation.encoder.compression = Compression::zstd;
  const Image again = other.base("1");
  ASSERT_NE(again.layers()[0].descriptor, from.layers()[0].descriptor);
  EXPECT_EQ(shared_layer_count(again, app), 1U);
}

TEST(Rebase, SettingsOfTheNewBaseAreInherited) {
  Yard yard;
  const auto set = [](const Image& image, const char* key, const Json& value) {
    return edit_configuration(image, [&](Json& json) { json["config"][key] = value; });
  };
  const Image from = set(yard.base("1"), "Env", {"PATH=/bin", "MODE=old"});
  const Image to = set(yard.base("2"), "Env", {"PATH=/usr/bin:/bin", "MODE=old"});
  Image app = yard.with(from, LayerBuilder().file("etc/app", "app"));
  app = set(app, "Env", {"PATH=/bin", "MODE=ours"});
  const RebasedImage result = yard.move(app, from, to);
  EXPECT_EQ(result.image.configuration_json()["config"]["Env"],
            (Json{"PATH=/usr/bin:/bin", "MODE=ours"}));
}

TEST(Rebase, PackageDatabasesOfBothSidesAreMerged) {
  const auto paragraph = [](const std::string& name, const std::string& version) {
    return "Package: " + name +
           "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version +
           "\nMaintainer: nobody\nDescription: a thing\n\n";
  };
  const auto database = [](const std::string& text) {
    return LayerBuilder()
        .directory("var")
        .directory("var/lib")
        .directory("var/lib/dpkg")
        .file("var/lib/dpkg/status", text);
  };
  Yard yard;
  yard.choices.drivers = standard_merge_drivers();
  const Image from = yard.with(yard.base("1"), database(paragraph("library", "1")));
  const Image to = yard.with(yard.base("2"), database(paragraph("library", "2")));
  const Image app = yard.with(from, database(paragraph("library", "1") + paragraph("app", "7")));
  const RebasedImage result = yard.move(app, from, to);
  ASSERT_FALSE(result.is_open());
  EXPECT_EQ(yard.text(result.image, "var/lib/dpkg/status"),
            paragraph("library", "2") + paragraph("app", "7"));
}

TEST(Rebase, ThreadsDoNotChangeTheDigest) {
  const auto digest = [](std::size_t threads) {
    Yard yard(threads);
    const Image from = yard.base("1");
    const Image app = yard.with_raw(from, LayerBuilder().file("usr/lib/library", "library 1"));
    return yard.move(app, from, yard.base("2")).image.descriptor().digest();
  };
  EXPECT_EQ(digest(1), digest(16));
}

}  // namespace
}  // namespace imgops
