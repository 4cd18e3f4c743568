#include "libimgops/repository/repository.hpp"

#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;

std::optional<ErrorKind> opening(const fs::path& layout) {
  return made::kind_of([&] { Repository repository(layout); });
}
std::optional<DiagnosticCode> finding_of_opening(const fs::path& layout) {
  return made::code_of([&] { Repository repository(layout); });
}

TEST(Initialise, MakesAnEmptyLayout) {
  const made::TemporaryDirectory directory;
  Repository::initialise(directory.path() / "a" / "b");
  EXPECT_TRUE(Repository(directory.path() / "a" / "b").names().empty());
}

TEST(Initialise, TakesAnEmptyDirectory) {
  const made::TemporaryDirectory directory;
  Repository::initialise(directory.path());
  EXPECT_EQ(opening(directory.path()), std::nullopt);
}

TEST(Initialise, RefusesALayoutThatIsThere) {
  const made::MadeLayout layout;
  EXPECT_EQ(made::kind_of([&] { Repository::initialise(layout.path()); }), ErrorKind::conflict);
}

TEST(Initialise, RefusesADirectoryThatIsNotEmpty) {
  const made::TemporaryDirectory directory;
  made::MadeLayout::write(directory.path() / "file", "x");
  EXPECT_EQ(made::kind_of([&] { Repository::initialise(directory.path()); }), ErrorKind::conflict);
}

TEST(Initialise, RefusesAFile) {
  const made::TemporaryDirectory directory;
  made::MadeLayout::write(directory.path() / "file", "x");
  EXPECT_EQ(made::kind_of([&] { Repository::initialise(directory.path() / "file"); }),
            ErrorKind::conflict);
}

TEST(Discover, FindsTheNearestLayoutAbove) {
  const made::MadeLayout layout;
  fs::create_directories(layout.path() / "a" / "b");
  EXPECT_EQ(Repository::discover(layout.path() / "a" / "b"), layout.path());
}

TEST(Discover, FindsTheDirectoryItself) {
  const made::MadeLayout layout;
  EXPECT_EQ(Repository::discover(layout.path()), layout.path());
}

TEST(Discover, FindsNothingWhereNothingIs) {
  const made::TemporaryDirectory directory;
  EXPECT_EQ(Repository::discover(directory.path()), std::nullopt);
}

TEST(OpenRepository, NoDirectoryIsNotFound) {
  EXPECT_EQ(opening("/nonexistent/layout"), ErrorKind::not_found);
}

TEST(OpenRepository, AnEmptyDirectoryIsNotFound) {
  const made::TemporaryDirectory directory;
  EXPECT_EQ(opening(directory.path()), ErrorKind::not_found);
}

TEST(OpenRepository, AMissingMarkerIsRejected) {
  const made::MadeLayout layout;
  fs::remove(layout.path() / "oci-layout");
  EXPECT_EQ(finding_of_opening(layout.path()), DiagnosticCode::layout);
}

TEST(OpenRepository, AnotherVersionIsRejected) {
  const made::MadeLayout layout;
  made::MadeLayout::write(layout.path() / "oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  EXPECT_EQ(finding_of_opening(layout.path()), DiagnosticCode::layout);
}

TEST(OpenRepository, AMarkerThatIsNoDocumentIsRejected) {
  const made::MadeLayout layout;
  made::MadeLayout::write(layout.path() / "oci-layout", "1.0.0");
  EXPECT_EQ(finding_of_opening(layout.path()), DiagnosticCode::layout);
}

TEST(OpenRepository, AMissingIndexIsRejected) {
  const made::MadeLayout layout;
  fs::remove(layout.path() / "index.json");
  EXPECT_EQ(finding_of_opening(layout.path()), DiagnosticCode::layout);
}

TEST(OpenRepository, AnUnreadableIndexIsCorrupt) {
  const made::MadeLayout layout;
  layout.write_index("{");
  EXPECT_EQ(opening(layout.path()), ErrorKind::corrupt);
}

TEST(OpenRepository, AFifoForAnIndexIsRejectedWithoutWaiting) {
  const made::MadeLayout layout;
  fs::remove(layout.path() / "index.json");
  ASSERT_EQ(::mkfifo((layout.path() / "index.json").c_str(), 0600), 0);
  EXPECT_EQ(opening(layout.path()), ErrorKind::corrupt);
}

TEST(OpenRepository, MakesNoFiles) {
  const made::MadeLayout layout;
  Repository repository(layout.path());
  EXPECT_FALSE(fs::exists(layout.state()));
}

TEST(Repository, SeesWhatOthersWriteMeanwhile) {
  const made::MadeLayout layout;
  const Repository repository = layout.open();
  layout.tag("app:1", "one");
  EXPECT_EQ(repository.names().size(), 1U);
}

TEST(NamesOf, LeaveOutWhatHasNoName) {
  const made::MadeLayout layout;
  const auto index = Index::empty().with_manifests(
      {layout.image("one"), layout.image("two").with_annotation(annotation_ref_name, "app:1")});
  const auto names = names_of(index);
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names[0].name, "app:1");
}

TEST(NamesOf, TheFirstOfTwoCounts) {
  const made::MadeLayout layout;
  const auto index = Index::empty().with_manifests(
      {layout.image("one").with_annotation(annotation_ref_name, "app:1"),
       layout.image("two").with_annotation(annotation_ref_name, "app:1")});
  const auto names = names_of(index);
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names[0].descriptor.digest(), layout.digest("one"));
}

TEST(NamesOf, KeepNamesOutsideTheGrammar) {
  const made::MadeLayout layout;
  const auto index = Index::empty().with_manifests(
      {layout.image("one").with_annotation(annotation_ref_name, "../../x y")});
  EXPECT_EQ(names_of(index).front().name, "../../x y");
}

}  // namespace
}  // namespace imgops
