// What dpkg keeps beside its status.
#include "libimgops/packages/dpkg_info.hpp"

#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

TEST(LineSet, LinesOfBothSidesAreThereInTheOrderOfTheirs) {
  const MergedText merged =
      merge_line_set({"/.\n/usr\n", "/.\n/usr\n/usr/b\n", "/.\n/opt\n/usr\n"});
  EXPECT_EQ(merged.text, "/.\n/opt\n/usr\n/usr/b\n");
}

TEST(LineSet, LinesThatRepeatKeepTheirNumber) {
  EXPECT_EQ(merge_line_set({"#\na\n#\n", "#\na\n#\nb\n", "#\nc\na\n#\n"}).text, "#\nc\na\n#\nb\n");
}

TEST(LineSet, MillionsOfLinesAreNotTried) {
  const std::string lines(2'000'000, '\n');
  EXPECT_EQ(merge_line_set({"", lines, "a\n"}).reason, "too large to be merged");
}

TEST(Checksums, AreMergedByPath) {
  EXPECT_EQ(
      merge_checksums({"1  a\n2  b\n", "3  a\n2  b\n", "1  a\n4  b\n"}, MergePolicy::fail).text,
      "3  a\n4  b\n");
}

TEST(Checksums, OnePathWithTwoNewSumsIsAConflict) {
  EXPECT_FALSE(merge_checksums({"1  a\n", "2  a\n", "3  a\n"}, MergePolicy::fail).text);
}

TEST(Diversions, AreMergedByThePathDiverted) {
  const std::string one = "/bin/a\n/bin/a.real\np\n";
  const std::string other = "/bin/b\n/bin/b.real\nq\n";
  EXPECT_EQ(merge_diversions({"", one, other}, MergePolicy::fail).text, one + other);
}

TEST(Diversions, OnePathDivertedTwiceIsAConflict) {
  EXPECT_FALSE(merge_diversions({"", "/a\n/b\np\n", "/a\n/c\nq\n"}, MergePolicy::fail).text);
}

TEST(Diversions, LinesThatAreNotThreeEachAreARefusal) {
  EXPECT_FALSE(merge_diversions({"", "/a\n/b\n", "/a\n/c\nq\n"}, MergePolicy::fail).text);
}

TEST(StatOverrides, AreMergedByPath) {
  const std::string one = "root ssl-cert 710 /etc/ssl/private\n";
  const std::string other = "root crontab 2755 /usr/bin/crontab\n";
  EXPECT_EQ(merge_stat_overrides({"", one, other}, MergePolicy::fail).text, one + other);
  EXPECT_FALSE(
      merge_stat_overrides({"", one, "root root 700 /etc/ssl/private\n"}, MergePolicy::fail).text);
}

const std::string vim_slave = "editor.1.gz\n/usr/share/man/man1/editor.1.gz\n";
const std::string nano = "/bin/nano\n40\n/usr/share/man/man1/nano.1.gz\n";
const std::string vim = "/usr/bin/vim.basic\n30\n/usr/share/man/man1/vim.1.gz\n";
const std::string ed = "/bin/ed\n-100\n\n";

std::string alternatives(const std::string& mode, const std::string& choices) {
  return mode + "\n/usr/bin/editor\n" + vim_slave + "\n" + choices + "\n";
}

TEST(AlternativesFile, ChoicesOfBothSidesAreThere) {
  const MergedText merged =
      merge_alternatives({alternatives("auto", nano), alternatives("auto", nano + vim),
                          alternatives("auto", ed + nano)},
                         MergePolicy::fail);
  EXPECT_EQ(merged.text, alternatives("auto", ed + nano + vim));
}

TEST(AlternativesFile, AChoiceMadeByHandStays) {
  const MergedText merged = merge_alternatives(
      {alternatives("auto", nano), alternatives("manual", nano), alternatives("auto", nano + vim)},
      MergePolicy::fail);
  EXPECT_EQ(merged.text, alternatives("manual", nano + vim));
}

TEST(AlternativesFile, ASlaveThatOneSideAddsIsEmptyForChoicesOfTheOther) {
  const std::string plain = "auto\n/usr/bin/editor\n\n/bin/ed\n-100\n\n";
  const std::string ours = "auto\n/usr/bin/editor\n\n/bin/ed\n-100\n/bin/jed\n1\n\n";
  const MergedText merged =
      merge_alternatives({plain, ours, alternatives("auto", ed + nano)}, MergePolicy::fail);
  EXPECT_EQ(merged.text, alternatives("auto", ed + "/bin/jed\n1\n\n" + nano));
}

TEST(AlternativesFile, OneThatEndsTooEarlyIsARefusal) {
  EXPECT_FALSE(
      merge_alternatives({"", "auto\n/a\nslave\n", "auto\n/a\n\n"}, MergePolicy::fail).text);
}

// debconf and apt keep paragraphs too.
TEST(ControlMerge, OwnersAreASet) {
  const ControlMergeRules rules{{"Name"}, {"Owners"}, MergePolicy::fail, MergePolicy::fail};
  const MergedText merged = merge_control_files(
      {"Name: x\nOwners: a\n\n", "Name: x\nOwners: a, b\n\n", "Name: x\nOwners: a, c\n\n"}, rules,
      "questions");
  EXPECT_EQ(merged.text, "Name: x\nOwners: a, b, c\n\n");
}

TEST(ControlMerge, AValueSetTwoWaysIsNamed) {
  const ControlMergeRules rules{{"Name"}, {"Owners"}, MergePolicy::fail, MergePolicy::fail};
  const MergedText merged = merge_control_files(
      {"Name: x\nValue: 1\n\n", "Name: x\nValue: 2\n\n", "Name: x\nValue: 3\n\n"}, rules,
      "questions");
  EXPECT_EQ(merged.reason, "questions changed on both sides: x");
}

}  // namespace
}  // namespace imgops
