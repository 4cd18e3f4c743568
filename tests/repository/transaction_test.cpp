#include "libimgops/repository/transaction.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <sys/wait.h>
#include <unistd.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;
using made::noon;

std::vector<std::string> names_in(const MadeLayout& layout) {
  std::vector<std::string> names;
  const Index index = layout.open().index();
  for (const Descriptor& descriptor : index.manifests()) {
    names.push_back(descriptor.annotation(annotation_ref_name).value_or("-"));
  }
  return names;
}

void list(const MadeLayout& layout, std::vector<Descriptor> manifests) {
  layout.write_index(Index::empty().with_manifests(std::move(manifests)).text());
}

Descriptor named(const Descriptor& descriptor, const std::string& name) {
  return descriptor.with_annotation(annotation_ref_name, name);
}

// The error of one move.
std::optional<Error> error_of_move(const MadeLayout& layout, const std::string& name,
                                   std::optional<Digest> expected, const Descriptor& target) {
  return made::error_of([&] {
    Repository repository = layout.open();
    Transaction transaction(repository, "tag", noon);
    transaction.move(name, expected, target);
    transaction.commit();
  });
}

TEST(Transaction, MakesANewName) {
  const MadeLayout layout;
  layout.tag("app:1", "one");
  EXPECT_EQ(layout.now("app:1"), layout.digest("one"));
}

TEST(Transaction, NumbersCountFromOne) {
  const MadeLayout layout;
  EXPECT_EQ(layout.tag("app:1", "one"), 1U);
  EXPECT_EQ(layout.tag("app:1", "two"), 2U);
}

TEST(Transaction, AMovedNameKeepsItsPlace) {
  const MadeLayout layout;
  for (const char* name : {"a", "b", "c"}) layout.tag(name, "one");
  layout.tag("b", "two");
  EXPECT_EQ(names_in(layout), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(layout.now("b"), layout.digest("two"));
}

TEST(Transaction, TwoNamesOfOneImageHaveAnEntryEach) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("b", "one");
  EXPECT_EQ(names_in(layout), (std::vector<std::string>{"a", "b"}));
}

TEST(Transaction, RemovesANameAndLeavesTheOthers) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("b", "one");
  Repository repository = layout.open();
  Transaction transaction(repository, "untag a", noon);
  transaction.remove("a", layout.digest("one"));
  transaction.commit();
  EXPECT_EQ(names_in(layout), std::vector<std::string>{"b"});
}

TEST(Transaction, MovesSeveralNamesAtOnce) {
  const MadeLayout layout;
  layout.tag("a", "one");
  Repository repository = layout.open();
  Transaction transaction(repository, "patch", noon);
  transaction.move("a", layout.digest("one"), layout.image("two"));
  transaction.move("b", std::nullopt, layout.image("three"));
  EXPECT_EQ(transaction.commit(), 2U);
  EXPECT_EQ(layout.now("a"), layout.digest("two"));
  EXPECT_EQ(layout.now("b"), layout.digest("three"));
}

TEST(Transaction, UnnamedAndForeignEntriesSurvive) {
  const MadeLayout layout;
  list(layout, {layout.image("one"), named(layout.image("two"), "../odd name"),
                named(layout.image("three"), "a")});
  layout.tag("a", "four");
  EXPECT_EQ(names_in(layout), (std::vector<std::string>{"-", "../odd name", "a"}));
}

TEST(Transaction, UnknownKeysOfTheIndexSurvive) {
  const MadeLayout layout;
  layout.write_index(
      R"({"schemaVersion":2,"x-foreign":{"b":1,"a":2},"manifests":[],"annotations":{"k":"v"}})");
  layout.tag("a", "one");
  const Json json = parse_json(layout.index_text(), "index");
  EXPECT_EQ(print_json(json["x-foreign"]), R"({"b":1,"a":2})");
  EXPECT_EQ(json["annotations"]["k"], "v");
}

TEST(Transaction, OfTwoEntriesOfANameTheFirstMovesAndTheSecondGoes) {
  const MadeLayout layout;
  list(layout, {named(layout.image("one"), "a"), named(layout.image("two"), "b"),
                named(layout.image("three"), "a")});
  layout.tag("a", "four");
  EXPECT_EQ(names_in(layout), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(layout.now("a"), layout.digest("four"));
}

TEST(Transaction, WhatWasSaidOfTheOldTargetIsNotSaidOfTheNew) {
  const MadeLayout layout;
  list(layout, {named(layout.image("one"), "a")
                    .with_annotation("note", "of one")
                    .with_platform({"linux", "arm64", "v8"})});
  layout.tag("a", "two");
  const Descriptor entry = layout.open().index().manifests().front();
  EXPECT_EQ(entry.annotation("note"), std::nullopt);
  EXPECT_EQ(entry.platform(), std::nullopt);
}

TEST(Transaction, ATargetTakenFromAnotherNameLosesThatNamesContainerdName) {
  const MadeLayout layout;
  const Descriptor other = named(layout.image("one"), "b")
                               .with_annotation(annotation_containerd_name, "docker.io/library/b")
                               .with_annotation("note", "kept");
  EXPECT_EQ(error_of_move(layout, "a", std::nullopt, other), std::nullopt);
  const Descriptor entry = layout.open().index().manifests().front();
  EXPECT_EQ(entry.annotation(annotation_ref_name), "a");
  EXPECT_EQ(entry.annotation(annotation_containerd_name), std::nullopt);
  EXPECT_EQ(entry.annotation("note"), "kept");
}

TEST(Transaction, AMoveToWhereTheNameStandsWritesNothing) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const std::string before = layout.index_text();
  EXPECT_EQ(layout.tag("a", "one"), 0U);
  EXPECT_EQ(layout.index_text(), before);
  EXPECT_EQ(layout.record(2), "");
}

TEST(Transaction, ANameThatMovedSinceIsAConflictThatNamesIt) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  const auto error = error_of_move(layout, "a", layout.digest("one"), layout.image("three"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
  EXPECT_EQ(std::string(error->what()).substr(0, 2), "a:");
  EXPECT_EQ(layout.now("a"), layout.digest("two"));
}

TEST(Transaction, ANameThatCameUpSinceIsAConflict) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const auto error = error_of_move(layout, "a", std::nullopt, layout.image("two"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
}

TEST(Transaction, OneConflictKeepsAllNamesWhereTheyAre) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const std::string before = layout.index_text();
  EXPECT_EQ(made::kind_of([&] {
              Repository repository = layout.open();
              Transaction transaction(repository, "patch", noon);
              transaction.move("a", layout.digest("one"), layout.image("two"));
              transaction.remove("b", layout.digest("one"));
              transaction.commit();
            }),
            ErrorKind::conflict);
  EXPECT_EQ(layout.index_text(), before);
}

TEST(Transaction, ANewNameOutsideTheGrammarIsInvalid) {
  const MadeLayout layout;
  const auto error = error_of_move(layout, "a~b", std::nullopt, layout.image("one"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::invalid_argument);
}

TEST(Transaction, AForeignNameMayMove) {
  const MadeLayout layout;
  list(layout, {named(layout.image("one"), "odd name")});
  layout.tag("odd name", "two");
  EXPECT_EQ(layout.now("odd name"), layout.digest("two"));
}

TEST(Transaction, ANameTwiceIsInvalid) {
  const MadeLayout layout;
  EXPECT_EQ(made::kind_of([&] {
              Repository repository = layout.open();
              Transaction transaction(repository, "tag", noon);
              transaction.move("a", std::nullopt, layout.image("one"));
              transaction.move("a", std::nullopt, layout.image("two"));
              transaction.commit();
            }),
            ErrorKind::invalid_argument);
}

TEST(Transaction, ATargetWithoutItsBlobsIsNotFoundAndNothingMoves) {
  const MadeLayout layout;
  const Descriptor target = layout.image("one");
  fs::remove(layout.open().blobs().path_of(digest_of(as_bytes("layer of one"))));
  const auto error = error_of_move(layout, "a", std::nullopt, target);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_EQ(layout.now("a"), std::nullopt);
}

TEST(Transaction, AnIndexTooLargeToReadAgainIsNotWritten) {
  const MadeLayout layout;
  const Descriptor target =
      layout.image("one").with_annotation("note", std::string(manifest_limit_bytes, 'x'));
  const auto error = error_of_move(layout, "a", std::nullopt, target);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::unsupported);
  EXPECT_EQ(layout.now("a"), std::nullopt);
}

// As nobody, who may read and not write.
TEST(Transaction, AReadOnlyLayoutCanBeReadAndNotWritten) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  const MadeLayout layout;
  layout.tag("a", "one");
  const Descriptor target = layout.image("two");
  fs::permissions(layout.path(), fs::perms(0755));
  const pid_t child = ::fork();
  if (child == 0) {
    if (::seteuid(65534) != 0) ::_exit(9);
    const auto error = error_of_move(layout, "a", target.digest(), target);
    const bool right = layout.now("a").has_value() && error &&
                       error->kind() == ErrorKind::input_output &&
                       std::string(error->what()).find("read-only") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace imgops
