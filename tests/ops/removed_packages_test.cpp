// A package of the base that an image removed stays removed when the base's comes in a new version.
#include "libimgops/ops/removed_packages.hpp"

#include "tests/ops/patch_workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::carry;
using testing::DatabaseWorkshop;
using testing::LayerBuilder;
using testing::status;

constexpr auto lower_places = {PatchPlace::in_place, PatchPlace::above_base};
constexpr auto policies = {MergePolicy::ours, MergePolicy::theirs};
const std::string info = "var/lib/dpkg/info/";

// `library` and `tool` 1 in the base, 2 in its patch, where the tool has a file more.
struct RemovedTool : DatabaseWorkshop {
  Image base = add(base_image(), LayerBuilder()
                                     .directory("usr/share")
                                     .file("usr/share/tool", "tool 1")
                                     .directory("var/lib/dpkg/info")
                                     .file(info + "tool.list", "/usr/share/tool\n")
                                     .file("var/lib/dpkg/status",
                                           status("library", "1") + "\n" + status("tool", "1"))
                                     .build());

  LayerBuilder more;  // of the patch

  Image without_tool(const std::string& database) {
    return add(base, LayerBuilder()
                         .whiteout("usr/share/tool")
                         .whiteout(info + "tool.list")
                         .file("var/lib/dpkg/status", database)
                         .build());
  }

  Image patched(const Image& app, PatchPlace place, MergePolicy policy) {
    BasePatch plan =
        patch(base,
              more.file("usr/lib/library", "library 2")
                  .file("usr/share/tool", "tool 2")
                  .file("usr/share/more", "more of tool 2")
                  .file(info + "tool.list", "/usr/share/tool\n/usr/share/more\n")
                  .file("var/lib/dpkg/status", status("library", "2") + "\n" + status("tool", "2"))
                  .build(),
              place);
    plan.packages = {"library", "tool"};
    MergeChoices choices;
    choices.policy = policy;
    choices.drivers = standard_merge_drivers({{}, policy});
    return carry(*this, plan, {{"app:1", app}}, &choices).front().child.image;
  }

  bool has(const Image& image, std::string_view path) {
    return view(operation, image).find(path) != nullptr;
  }
};

TEST(RemovedPackages, WhatThePackagesLeftAreBecomesAsThePatchHasThem) {
  for (const PatchPlace place : lower_places) {
    for (const MergePolicy policy : policies) {
      SCOPED_TRACE(name(place));
      RemovedTool shop;
      const Image app = shop.patched(shop.without_tool(status("library", "1")), place, policy);
      EXPECT_TRUE(shop.shows(app, "usr/lib/library", "library 2"));
      EXPECT_TRUE(shop.shows(app, "var/lib/dpkg/status", status("library", "2") + "\n"));
    }
  }
}

TEST(RemovedPackages, NoFileAndNoListOfOneComesBack) {
  for (const PatchPlace place : lower_places) {
    for (const MergePolicy policy : policies) {
      SCOPED_TRACE(name(place));
      RemovedTool shop;
      const Image app = shop.patched(shop.without_tool(status("library", "1")), place, policy);
      EXPECT_FALSE(shop.has(app, "usr/share/tool"));
      EXPECT_FALSE(shop.has(app, "usr/share/more"));
      EXPECT_FALSE(shop.has(app, info + "tool.list"));
    }
  }
}

TEST(RemovedPackages, OneIsNotToldOfTriggersAgain) {
  for (const MergePolicy policy : policies) {
    RemovedTool shop;
    shop.base = shop.add(shop.base, LayerBuilder()
                                        .directory("var/lib/dpkg/triggers")
                                        .file("var/lib/dpkg/triggers/rebuild", "tool:amd64\n")
                                        .build());
    const Image app = shop.add(shop.without_tool(status("library", "1")),
                               LayerBuilder().whiteout("var/lib/dpkg/triggers/rebuild").build());
    shop.more.file("var/lib/dpkg/triggers/rebuild", "tool/noawait\n");
    const Image after = shop.patched(app, PatchPlace::in_place, policy);
    EXPECT_FALSE(shop.has(after, "var/lib/dpkg/triggers/rebuild"));
  }
}

TEST(RemovedPackages, OneWhoseConfigurationStayedIsStillSaidToBeRemoved) {
  std::string removed = status("tool", "1");
  removed.replace(removed.find("install ok installed"), 20, "deinstall ok config-files");
  for (const MergePolicy policy : policies) {
    RemovedTool shop;
    const Image app = shop.patched(shop.without_tool(status("library", "1") + "\n" + removed),
                                   PatchPlace::in_place, policy);
    EXPECT_TRUE(shop.shows(app, "var/lib/dpkg/status", status("library", "2") + "\n" + removed));
  }
}

TEST(RemovedPackages, AnImageThatRemovedNoneIsMergedAsItIs) {
  RemovedTool shop;
  const Image app =
      shop.add(shop.base,
               LayerBuilder()
                   .file("var/lib/dpkg/status", status("library", "1") + "\n" +
                                                    status("tool", "1") + "\n" + status("zoo", "7"))
                   .build());
  const Image after = shop.patched(app, PatchPlace::in_place, MergePolicy::ours);
  EXPECT_TRUE(
      shop.shows(after, "var/lib/dpkg/status",
                 status("library", "2") + "\n" + status("tool", "2") + "\n" + status("zoo", "7")));
  EXPECT_TRUE(shop.has(after, "usr/share/more"));
}

}  // namespace
}  // namespace imgops
