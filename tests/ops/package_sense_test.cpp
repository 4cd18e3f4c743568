// Trees of a rebase: databases of packages and programs made for each question.
#include "libimgops/ops/package_sense.hpp"

#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/tree/union.hpp"
#include "tests/support/layer_builder.hpp"
#include "tests/support/made_elf.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::LayerBuilder;
using testing::MadeElf;
using testing::make_elf;

std::string package(const std::string& name, const std::string& version,
                    const std::string& more = "") {
  return "Package: " + name +
         "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version + "\n" + more +
         "\n";
}

std::string program(std::vector<std::string> needed, const std::string& runpath = "",
                    const std::string& interpreter = "") {
  MadeElf elf;
  elf.needed = std::move(needed);
  elf.runpath = runpath;
  elf.interpreter = interpreter;
  return make_elf(elf);
}

LayerBuilder status(const std::string& text) {
  LayerBuilder layer;
  layer.file("var/lib/dpkg/status", text);
  return layer;
}

// A shared object under that name.
LayerBuilder& add_library(LayerBuilder& layer, std::string_view path) {
  return layer.file(path, program({}));
}

struct Workshop {
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers{2};
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};

  Tree tree(std::vector<std::shared_ptr<const LayerIndex>> layers) {
    return apply_layers(Tree(), layers, 0, observer);
  }
  std::vector<std::string> texts(const Tree& base, const Tree& ours, const Tree& theirs,
                                 const Tree& merged) {
    std::vector<std::string> result;
    for (const PackageProblem& one : package_problems(operation, {base, ours, theirs, merged})) {
      result.push_back(one.text);
    }
    return result;
  }
  // Of databases alone.
  std::vector<std::string> texts(const std::string& base, const std::string& ours,
                                 const std::string& theirs, const std::string& merged) {
    return texts(tree({status(base).build()}), tree({status(ours).build()}),
                 tree({status(theirs).build()}), tree({status(merged).build()}));
  }
  // Of an old base, the app's layer on it, and the same layer on a new base.
  std::vector<std::string> moved(LayerBuilder old_base, LayerBuilder app, LayerBuilder new_base) {
    const auto below = old_base.build();
    const auto above = app.build();
    const auto onto = new_base.build();
    return texts(tree({below}), tree({below, above}), tree({onto}), tree({onto, above}));
  }
};

using Texts = std::vector<std::string>;

TEST(PackageSense, ADependencyThatTheNewBaseDoesNotMeetIsNamedWithWhatIsThere) {
  const std::string nginx = package("nginx", "1", "Depends: libssl3 (<< 3.1), libc6\n");
  const std::string base = package("libc6", "1") + package("libssl3", "3.0");
  const std::string theirs = package("libc6", "1") + package("libssl3", "3.2");
  EXPECT_EQ(Workshop().texts(base, base + nginx, theirs, theirs + nginx),
            Texts{"package nginx needs libssl3 (<< 3.1), which is not there (installed is 3.2)"});
}

TEST(PackageSense, WhatWasNotMetBeforeIsNoNews) {
  const std::string app = package("app", "1", "Depends: nowhere\n");
  EXPECT_EQ(Workshop().texts("", app, "", app), Texts{});
}

TEST(PackageSense, AnAlternativeOrAProvidedNameMeetsADependency) {
  const std::string app = package("app", "1", "Depends: exim4 | mta\n");
  const std::string base = package("exim4", "1");
  const std::string theirs = package("postfix", "1", "Provides: mta\n");
  EXPECT_EQ(Workshop().texts(base, base + app, theirs, theirs + app), Texts{});
}

TEST(PackageSense, APackageOfTheNewBaseThatTheAppsRemovalBreaksIsNamed) {
  const std::string theirs = package("a", "2", "Depends: b\n") + package("b", "1");
  EXPECT_EQ(Workshop().texts(package("a", "1") + package("b", "1"), package("a", "1"), theirs,
                             package("a", "2", "Depends: b\n")),
            Texts{"package a needs b, which is not there"});
}

TEST(PackageSense, PackagesThatDoNotBearEachOtherAreNamed) {
  const std::string app = package("app", "1", "Breaks: libx (>= 2)\n");
  EXPECT_EQ(Workshop().texts(package("libx", "1"), package("libx", "1") + app, package("libx", "2"),
                             package("libx", "2") + app),
            Texts{"package app does not bear libx (>= 2), and libx is there"});
}

TEST(PackageSense, AMergedDatabaseThatCannotBeReadIsAProblem) {
  const auto texts = Workshop().texts("", package("a", "1"), "", "no field\n");
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_NE(texts[0].find("cannot be read"), std::string::npos);
}

TEST(PackageSense, FilesOfStatusDAreADatabaseToo) {
  LayerBuilder app;
  app.file("var/lib/dpkg/status.d/app", package("app", "1", "Depends: libx\n"));
  LayerBuilder old_base;
  old_base.file("var/lib/dpkg/status.d/libx", package("libx", "1"));
  LayerBuilder new_base;
  new_base.file("var/lib/dpkg/status.d/liby", package("liby", "1"));
  EXPECT_EQ(Workshop().moved(old_base, app, new_base),
            Texts{"package app needs libx, which is not there"});
}

TEST(PackageSense, DependenciesOfApkAreJudged) {
  const auto database = [](const std::string& text) {
    LayerBuilder layer;
    layer.file("lib/apk/db/installed", text);
    return layer;
  };
  const std::string ssl1 = "P:libssl1.1\nV:1\np:so:libssl.so.1.1=1.1\n\n";
  const std::string ssl3 = "P:libssl3\nV:3\np:so:libssl.so.3=3\n\n";
  const std::string app = "P:app\nV:1\nD:so:libssl.so.1.1\n\n";
  Workshop shop;
  EXPECT_EQ(
      shop.texts(shop.tree({database(ssl1).build()}), shop.tree({database(ssl1 + app).build()}),
                 shop.tree({database(ssl3).build()}), shop.tree({database(ssl3 + app).build()})),
      Texts{"package app needs so:libssl.so.1.1, which is not there"});
}

TEST(LibrarySense, ALibraryThatTheNewBaseLacksIsNamedWithTheProgram) {
  LayerBuilder old_base;
  add_library(old_base, "usr/lib/x86_64-linux-gnu/libssl.so.1.1");
  LayerBuilder new_base;
  add_library(new_base, "usr/lib/x86_64-linux-gnu/libssl.so.3");
  LayerBuilder app;
  app.file("usr/bin/app", program({"libssl.so.1.1"})).last().mode = 0755;
  EXPECT_EQ(Workshop().moved(old_base, app, new_base),
            Texts{"/usr/bin/app needs libssl.so.1.1, which is no longer found"});
}

TEST(LibrarySense, LibrariesAreFoundThroughLinksOfTheTree) {
  LayerBuilder old_base;
  old_base.symlink("lib", "usr/lib");
  add_library(old_base, "usr/lib/x86_64-linux-gnu/libz.so.1.2")
      .symlink("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2");
  LayerBuilder new_base;
  add_library(new_base, "usr/lib/x86_64-linux-gnu/libz.so.1.3")
      .symlink("usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/x86_64-linux-gnu/libz.so.1.3");
  LayerBuilder app;
  app.file("srv/app", program({"libz.so.1"})).last().mode = 0755;
  EXPECT_EQ(Workshop().moved(old_base, app, new_base), Texts{});
}

TEST(LibrarySense, ADanglingLinkIsNoLibrary) {
  LayerBuilder old_base;
  add_library(old_base, "lib/libz.so.1");
  LayerBuilder new_base;
  new_base.symlink("lib/libz.so.1", "libz.so.1.3");
  LayerBuilder app;
  app.file("srv/app.so", program({"libz.so.1"}));
  EXPECT_EQ(Workshop().moved(old_base, app, new_base),
            Texts{"/srv/app.so needs libz.so.1, which is no longer found"});
}

TEST(LibrarySense, OwnDirectoriesOfAProgramAreLookedThrough) {
  LayerBuilder app;
  app.file("opt/app/bin/app", program({"libown.so"}, "$ORIGIN/../lib")).last().mode = 0755;
  add_library(app, "opt/app/lib/libown.so");
  EXPECT_EQ(Workshop().moved(LayerBuilder(), app, LayerBuilder()), Texts{});
  LayerBuilder old_base;
  add_library(old_base, "opt/app/lib/libown.so");
  LayerBuilder program_alone;
  program_alone.file("opt/app/bin/app", program({"libown.so"}, "${ORIGIN}/../lib")).last().mode =
      0755;
  EXPECT_EQ(Workshop().moved(old_base, program_alone, LayerBuilder()),
            Texts{"/opt/app/bin/app needs libown.so, which is no longer found"});
}

TEST(LibrarySense, DirectoriesOfTheLoadersConfigurationAreLookedThrough) {
  LayerBuilder old_base;
  old_base.file("etc/ld.so.conf", "# all\ninclude /etc/ld.so.conf.d/*.conf\n")
      .file("etc/ld.so.conf.d/own.conf", "/opt/lib\n");
  add_library(old_base, "opt/lib/libown.so");
  LayerBuilder new_base;  // has the library, but not the line that leads there
  add_library(new_base, "opt/lib/libown.so");
  LayerBuilder app;
  app.file("srv/app", program({"libown.so"})).last().mode = 0755;
  EXPECT_EQ(Workshop().moved(old_base, app, new_base),
            Texts{"/srv/app needs libown.so, which is no longer found"});
}

TEST(LibrarySense, ALoaderThatIsGoneIsNamed) {
  LayerBuilder old_base;
  add_library(old_base, "lib64/ld-linux-x86-64.so.2");
  LayerBuilder app;
  app.file("srv/app", program({}, "", "/lib64/ld-linux-x86-64.so.2")).last().mode = 0755;
  EXPECT_EQ(Workshop().moved(old_base, app, LayerBuilder()),
            Texts{"/srv/app is started by /lib64/ld-linux-x86-64.so.2, which is not there"});
}

TEST(LibrarySense, ProgramsOfTheOldBaseAreNotLookedAt) {
  LayerBuilder old_base;
  old_base.file("usr/bin/tool", program({"libz.so.1"})).last().mode = 0755;
  add_library(old_base, "lib/libz.so.1");
  EXPECT_EQ(Workshop().moved(old_base, LayerBuilder(), LayerBuilder()), Texts{});
}

TEST(LibrarySense, DamagedProgramsAndScriptsAreNothing) {
  LayerBuilder app;
  app.file("srv/damaged", program({"libz.so.1"}).substr(0, 150)).last().mode = 0755;
  app.file("srv/script", "#!/bin/sh\n" + std::string(100, '#')).last().mode = 0755;
  EXPECT_EQ(Workshop().moved(LayerBuilder(), app, LayerBuilder()), Texts{});
}

TEST(RpmClash, DatabasesAtTwoPlacesThatBothChangedAreNamed) {
  const std::string sqlite = std::string("SQLite format 3\0", 16);
  std::string berkeley(64, '\0');
  berkeley.replace(12, 4, std::string("\x61\x15\x06\0", 4));
  Workshop shop;
  LayerBuilder old_base, ours, theirs;
  old_base.file("var/lib/rpm/Packages", berkeley + "old");
  ours.file("var/lib/rpm/Packages", berkeley + "new");
  theirs.file("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite);
  const Tree base = shop.tree({old_base.build()});
  const Tree app = shop.tree({ours.build()});
  const Tree next = shop.tree({theirs.build()});
  EXPECT_EQ(rpm_clash(shop.operation, base, app, next),
            "rpm databases: ours at /var/lib/rpm/Packages (bdb), theirs at "
            "/usr/lib/sysimage/rpm/rpmdb.sqlite (sqlite), both changed; neither is merged");
  EXPECT_FALSE(rpm_clash(shop.operation, base, base, next));
  EXPECT_FALSE(rpm_clash(shop.operation, base, app, base));
}

}  // namespace
}  // namespace imgops
