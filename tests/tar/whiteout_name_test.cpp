#include "libimgops/tar/whiteout_name.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

void expect_marker(std::string_view path, MarkerKind kind, std::string_view target = {}) {
  const Marker marker = parse_marker(path);
  EXPECT_EQ(marker.kind, kind) << path;
  EXPECT_EQ(marker.target, target) << path;
}

TEST(WhiteoutName, U01AWhiteoutRemovesTheNameBesideIt) {
  expect_marker(".wh.x", MarkerKind::whiteout, "x");
  expect_marker("d/e/.wh.x", MarkerKind::whiteout, "d/e/x");
}

TEST(WhiteoutName, U02AnOpaqueMarkerMeansItsDirectory) {
  expect_marker("d/e/.wh..wh..opq", MarkerKind::opaque, "d/e");
  expect_marker(".wh..wh..opq", MarkerKind::opaque, "");
}

TEST(WhiteoutName, U18MarkersWithoutAValidNameAreInvalid) {
  expect_marker(".wh.", MarkerKind::invalid);
  expect_marker("d/.wh..", MarkerKind::invalid);
  expect_marker("d/.wh...", MarkerKind::invalid);
  expect_marker("d/.wh....", MarkerKind::whiteout, "d/...");
}

TEST(WhiteoutName, U19ANameThatOnlyBeginsLikeOpaqueIsBookkeeping) {
  expect_marker(".wh..wh..opqX", MarkerKind::bookkeeping);
  expect_marker("d/.wh..wh..opqX", MarkerKind::bookkeeping);
}

TEST(WhiteoutName, U20AufsKeptItsBooksInTheRoot) {
  expect_marker(".wh..wh.plnk", MarkerKind::bookkeeping);
  expect_marker(".wh..wh.plnk/1.2", MarkerKind::bookkeeping);
  expect_marker(".wh..wh.aufs", MarkerKind::bookkeeping);
  EXPECT_FALSE(has_marker_component(".wh..wh.plnk/1.2"));
}

TEST(WhiteoutName, U21AndU25WhiteoutsOfMarkersAreBookkeeping) {
  expect_marker("d/.wh..wh.foo", MarkerKind::bookkeeping);
  expect_marker(".wh..wh.x", MarkerKind::bookkeeping);
}

TEST(WhiteoutName, U23MarkersAsParentsAreSeen) {
  EXPECT_TRUE(has_marker_component(".wh.x/c"));
  EXPECT_TRUE(has_marker_component("a/.wh.x/c/d"));
  EXPECT_TRUE(has_marker_component(".wh..wh..opq/c"));
  EXPECT_TRUE(has_marker_component("d/.wh..wh.plnk/c"));
  EXPECT_FALSE(has_marker_component("a/b/.wh.x"));
}

TEST(WhiteoutName, U29MarkersInTheMiddleOfANameAreOrdinary) {
  expect_marker("foo.wh.bar", MarkerKind::none);
  expect_marker("q.wh.z/c", MarkerKind::none);
  expect_marker(".wh.foo.wh.bar", MarkerKind::whiteout, "foo.wh.bar");
  EXPECT_FALSE(has_marker_component("q.wh.z/c"));
}

TEST(WhiteoutName, ItsInverse) {
  EXPECT_EQ(whiteout_name("usr/lib"), "usr/.wh.lib");
  EXPECT_EQ(whiteout_name("usr"), ".wh.usr");
}

}  // namespace
}  // namespace imgops
