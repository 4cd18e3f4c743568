#include "libimgops/tar/ar_reader.hpp"

#include "tests/support/errors.hpp"
#include "tests/support/made_package.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::kind_of;
using testing::make_ar;

TEST(ArReader, MembersAreWhereTheirHeadersSay) {
  const StringAccess file(make_ar({{"one", "abc"}, {"two/", "de"}}));
  const std::vector<ArMember> members = list_ar(file, "a.deb");
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].name, "one");
  EXPECT_EQ(members[1].name, "two");
  EXPECT_EQ(members[1].size_bytes, 2U);
  std::array<std::byte, 2> bytes{};
  ASSERT_EQ(file.read_at(members[1].offset_bytes, bytes), 2U);
  EXPECT_EQ(as_text(bytes), "de");
}

TEST(ArReader, AMemberLargerThanTheArchiveIsCorrupt) {
  std::string archive = make_ar({{"one", "abc"}});
  archive.replace(8 + 48, 10, "9999999999");
  EXPECT_EQ(kind_of([&] { list_ar(StringAccess(archive), "a"); }), ErrorKind::corrupt);
}

TEST(ArReader, AnArchiveCutInAHeaderIsCorrupt) {
  const std::string archive = make_ar({{"one", "ab"}, {"two", "cd"}});
  EXPECT_EQ(kind_of([&] { list_ar(StringAccess(archive.substr(0, 90)), "a"); }),
            ErrorKind::corrupt);
}

TEST(ArReader, ASizeThatIsNoNumberIsCorrupt) {
  std::string archive = make_ar({{"one", "abc"}});
  archive.replace(8 + 48, 10, "-1        ");
  EXPECT_EQ(kind_of([&] { list_ar(StringAccess(archive), "a"); }), ErrorKind::corrupt);
}

TEST(ArReader, ManyMembersAreNoPackage) {
  const std::vector<std::pair<std::string, std::string>> many(ar_members_limit + 1, {"m", ""});
  EXPECT_EQ(kind_of([&] { list_ar(StringAccess(make_ar(many)), "a"); }), ErrorKind::corrupt);
}

TEST(ArReader, WhatIsNoArArchiveIsCorrupt) {
  EXPECT_EQ(kind_of([&] { list_ar(StringAccess("!<arc"), "a"); }), ErrorKind::corrupt);
}

}  // namespace
}  // namespace imgops
