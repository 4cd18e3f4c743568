#include "libimgops/packages/apk_files.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

const std::string package =
    "C:Q1x=\nP:p\nV:1\nF:\nF:usr\nM:0:0:1777\nF:usr/bin\nR:su\na:0:7:4755:Q1x=\nZ:Q1su=\n"
    "R:plain\nZ:Q1plain=\n";

TEST(ApkFiles, FilesHaveTheirDirectoryRightsAndChecksum) {
  const ApkFiles files = parse_apk_files(package);
  ASSERT_EQ(files.directories.size(), 3U);
  EXPECT_EQ(files.directories[1].rights, (ApkRights{0, 0, 01777, {}}));
  EXPECT_EQ(files.directories[2].rights, usual_directory_rights);
  ASSERT_EQ(files.files.size(), 2U);
  EXPECT_EQ(files.files[0].path, "usr/bin/su");
  EXPECT_EQ(files.files[0].rights, (ApkRights{0, 7, 04755, "Q1x="}));
  EXPECT_EQ(files.files[1].checksum, "Q1plain=");
  EXPECT_EQ(files.files[1].rights, usual_file_rights);
}

TEST(ApkFiles, RightsArePrintedAsTheyAreRead) {
  const ApkFiles files = parse_apk_files(package);
  EXPECT_EQ(print_apk_rights('a', files.files[0].rights, usual_file_rights), "a:0:7:4755:Q1x=\n");
  EXPECT_EQ(print_apk_rights('a', files.files[1].rights, usual_file_rights), "");
  EXPECT_EQ(print_apk_rights('M', {0, 0, 0, {}}, usual_directory_rights), "M:0:0:0\n");
}

TEST(ApkFiles, RightsThatCannotBeReadAreTheUsualOnes) {
  for (const char* line : {"a:", "a:0:0", "a:0:x:644", "a:0:0:17777", "a:-1:0:644"}) {
    const ApkFiles files = parse_apk_files(std::string("F:d\nR:f\n") + line + "\n");
    EXPECT_EQ(files.files.at(0).rights, usual_file_rights) << line;
  }
}

TEST(ApkFiles, AFileThatGoesTakesItsLinesAndNoOthers) {
  EXPECT_EQ(without_apk_files(package, {"usr/bin/su", "usr/plain"}),
            "C:Q1x=\nP:p\nV:1\nF:\nF:usr\nM:0:0:1777\nF:usr/bin\nR:plain\nZ:Q1plain=\n");
}

}  // namespace
}  // namespace imgops
