#include "libimgops/repository/name_past.hpp"

#include "libimgops/repository/revision.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

Descriptor named(const Descriptor& descriptor, const std::string& name) {
  return descriptor.with_annotation(annotation_ref_name, name);
}

std::vector<NameMove> past_of(const MadeLayout& layout, const std::string& name) {
  const Repository repository = layout.open();
  NamePast past(repository, name, layout.now(name));
  std::vector<NameMove> moves;
  while (auto move = past.next()) moves.push_back(*move);
  return moves;
}

// Where the name was after each move, newest first.
std::vector<std::optional<Digest>> places(const MadeLayout& layout, const std::string& name) {
  std::vector<std::optional<Digest>> digests;
  for (const NameMove& move : past_of(layout, name)) digests.push_back(move.new_digest);
  return digests;
}

using Places = std::vector<std::optional<Digest>>;

TEST(NamePast, BeginsWithTheNewestMove) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  EXPECT_EQ(places(layout, "a"), (Places{layout.digest("two"), layout.digest("one")}));
  EXPECT_EQ(past_of(layout, "a").front().command, "tag two");
}

TEST(NamePast, KnowsWhereANameWasBeforeItsLogBegan) {
  const MadeLayout layout;
  layout.list({named(layout.image("one"), "a")});
  layout.tag("a", "two");
  EXPECT_EQ(places(layout, "a"), (Places{layout.digest("two"), layout.digest("one")}));
  EXPECT_EQ(past_of(layout, "a").back().transaction, 0U);
}

TEST(NamePast, OfANameWeNeverMovedIsOneMove) {
  const MadeLayout layout;
  layout.list({named(layout.image("one"), "a")});
  EXPECT_EQ(places(layout, "a"), Places{layout.digest("one")});
}

TEST(NamePast, OfNoNameIsNothing) {
  const MadeLayout layout;
  EXPECT_EQ(places(layout, "a"), Places{});
}

TEST(NamePast, NoticesAnotherProgramsMoveAfterTheLastOfOurs) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.list({named(layout.image("two"), "a")});
  EXPECT_EQ(places(layout, "a"), (Places{layout.digest("two"), layout.digest("one")}));
  EXPECT_EQ(past_of(layout, "a").front().transaction, 0U);
}

TEST(NamePast, NoticesAnotherProgramsMoveBetweenTwoOfOurs) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.list({named(layout.image("two"), "a")});
  layout.tag("a", "three");
  EXPECT_EQ(places(layout, "a"),
            (Places{layout.digest("three"), layout.digest("two"), layout.digest("one")}));
}

TEST(NamePast, NoticesThatAnotherProgramRemovedTheName) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.list({});
  EXPECT_EQ(places(layout, "a"), (Places{std::nullopt, layout.digest("one")}));
}

TEST(NamePast, GoesBackBeyondARemoval) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.untag("a");
  EXPECT_EQ(places(layout, "a"), (Places{std::nullopt, layout.digest("one")}));
}

// What a word with @{N} leads to.
Digest resolved(const MadeLayout& layout, const std::string& word) {
  const Repository repository = layout.open();
  const Collection collection{repository.blobs(), repository.index(), "lay", &repository};
  return resolve(collection, parse_revision(word, {})).image.descriptor().digest();
}
std::optional<Error> error_of(const MadeLayout& layout, const std::string& word) {
  return made::error_of([&] { resolved(layout, word); });
}

MadeLayout& three_moves(MadeLayout& layout) {
  for (const char* note : {"one", "two", "three"}) layout.tag("a", note);
  return layout;
}

TEST(MovesAgo, CountFromNow) {
  MadeLayout layout;
  three_moves(layout);
  EXPECT_EQ(resolved(layout, "a@{0}"), layout.digest("three"));
  EXPECT_EQ(resolved(layout, "a@{1}"), layout.digest("two"));
  EXPECT_EQ(resolved(layout, "a@{2}"), layout.digest("one"));
}

TEST(MovesAgo, TakeSuffixes) {
  MadeLayout layout;
  three_moves(layout);
  EXPECT_EQ(resolved(layout, "a@{1}#1"), layout.digest("two"));
  EXPECT_EQ(error_of(layout, "a@{1}~2")->kind(), ErrorKind::not_found);
}

TEST(MovesAgo, BeyondTheLogAreNotFoundAndSayHowManyThereAre) {
  MadeLayout layout;
  const auto error = error_of(three_moves(layout), "a@{3}");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_STREQ(error->what(), "a@{3}: there are 3 moves only");
  EXPECT_EQ(error->hint(), "the oldest is a@{2}");
}

TEST(MovesAgo, OfANameThatIsGoneAreItsOldPlaces) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.untag("a");
  EXPECT_EQ(resolved(layout, "a@{1}"), layout.digest("one"));
  EXPECT_EQ(error_of(layout, "a@{0}")->kind(), ErrorKind::not_found);
}

TEST(MovesAgo, OfANameThatNeverWasGetAHint) {
  const MadeLayout layout;
  layout.tag("app:1", "one");
  const auto error = error_of(layout, "app:2@{1}");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_EQ(error->hint(), "did you mean app:1?");
}

TEST(MovesAgo, ToAnImageWhoseManifestIsGoneAreNotFound) {
  MadeLayout layout;
  three_moves(layout);
  const auto path = layout.open().blobs().path_of(layout.digest("two"));
  fs::remove(path);
  EXPECT_EQ(error_of(layout, "a@{1}")->kind(), ErrorKind::not_found);
}

TEST(MovesAgo, AreNoNameOfTheImage) {
  MadeLayout layout;
  three_moves(layout);
  const Repository repository = layout.open();
  const Collection collection{repository.blobs(), repository.index(), "lay", &repository};
  EXPECT_EQ(resolve(collection, parse_revision("a@{1}", {})).name, "");
  EXPECT_EQ(resolve(collection, parse_revision("a@{0}", {})).name, "a");
}

TEST(PastEntry, IsWhatWasListed) {
  const MadeLayout layout;
  const Descriptor entry = named(layout.image("one"), "a").with_annotation("note", "kept");
  layout.list({entry});
  layout.tag("a", "two");
  const Repository repository = layout.open();
  EXPECT_EQ(find_past_entry(repository, repository.index(), "a", 1).json(), entry.json());
}

TEST(PastEntry, IsMadeAnewFromTheManifestWithoutItsRecord) {
  const MadeLayout layout;
  const Descriptor image = layout.image("one");
  layout.tag("a", "one");
  layout.tag("a", "two");
  fs::remove(layout.state() / "journal" / "00000002.json");
  const Repository repository = layout.open();
  EXPECT_EQ(find_past_entry(repository, repository.index(), "a", 1).json(), image.json());
}

TEST(DescribeRoot, RefusesWhatIsNeitherManifestNorIndex) {
  const MadeLayout layout;
  LayoutBlobs blobs(layout.path());
  const Digest digest = write_document(blobs, "{}");
  EXPECT_EQ(made::kind_of([&] { describe_root(blobs, digest, "a"); }), ErrorKind::unsupported);
}

}  // namespace
}  // namespace imgops
