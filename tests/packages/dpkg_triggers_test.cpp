#include "libimgops/packages/dpkg_triggers.hpp"

#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::kind_of;

const TriggerPackage fonts{"fonts", "fonts"};

TEST(DpkgTriggers, ADocumentTellsInterestsInOrderAndWhatIsActivated) {
  const TriggerRequests requests = parse_triggers(
      "# made by a tool\n"
      "interest-noawait /usr/share/man # pages\n"
      "\n"
      "\tinterest   rebuild\n"
      "activate-noawait ldconfig\nactivate /etc/fonts\nactivate ldconfig\n");
  ASSERT_EQ(requests.interests.size(), 2U);
  EXPECT_EQ(requests.interests[0].name, "/usr/share/man");
  EXPECT_EQ(requests.interests[0].wait, TriggerWait::not_awaited);
  EXPECT_EQ(requests.interests[1].name, "rebuild");
  EXPECT_EQ(requests.interests[1].wait, TriggerWait::awaited);
  EXPECT_EQ(requests.activated, (std::vector<std::string>{"/etc/fonts", "ldconfig"}));
}

TEST(DpkgTriggers, NamesThatCannotBeFilesAreCorrupt) {
  for (const std::string_view document :
       {"interest ../../etc/passwd", "interest /usr/../etc", "interest /usr//lib", "interest /usr/",
        "interest File", "interest Lock", "interest", "interest two words", "wants ldconfig",
        "interest .", "interest a/b", "activate \x01"}) {
    EXPECT_EQ(kind_of([&] { parse_triggers(document); }), ErrorKind::corrupt) << document;
  }
}

TEST(DpkgTriggers, InterestsInPathsMoveToTheEnd) {
  const TriggerRequests old = parse_triggers("interest /usr/share/fonts\ninterest /usr/gone\n");
  const TriggerRequests now =
      parse_triggers("interest-noawait /usr/share/fonts\ninterest other\ninterest /usr/new\n");
  EXPECT_EQ(with_path_interests("/usr/share/fonts fonts\n/usr/gone fonts\n/usr/share/man man-db\n"
                                "/usr/share/fonts viewer/noawait\n/usr/odd fonts\n",
                                fonts, old.interests, now.interests),
            "/usr/share/man man-db\n/usr/share/fonts viewer/noawait\n/usr/odd fonts\n"
            "/usr/share/fonts fonts/noawait\n/usr/new fonts\n");
}

TEST(DpkgTriggers, AFileWithoutInterestsIsEmpty) {
  const TriggerRequests old = parse_triggers("interest /usr/share/fonts\ninterest rebuild\n");
  EXPECT_EQ(with_path_interests("/usr/share/fonts fonts\n", fonts, old.interests, {}), "");
  EXPECT_EQ(with_interest("fonts/noawait\n", fonts, "rebuild", {}), "");
}

TEST(DpkgTriggers, APackageOfSeveralArchitecturesIsNamedWithItsOwn) {
  const TriggerPackage library{"library", "library:amd64"};
  const TriggerRequests now = parse_triggers("interest-noawait rebuild\n");
  EXPECT_EQ(with_interest("library:amd64\nother/noawait\nlibrary:i386\n", library, "rebuild",
                          now.interests),
            "other/noawait\nlibrary:i386\nlibrary:amd64/noawait\n");
}

}  // namespace
}  // namespace imgops
