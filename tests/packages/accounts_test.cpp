// Users and groups: what the app added and what the new base added.
#include "libimgops/packages/accounts.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

const std::string root = "root:x:0:0:root:/root:/bin/bash\n";
const std::string nobody = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

MergedText merge(AccountFile file, const std::string& base, const std::string& ours,
                 const std::string& theirs, MergePolicy policy = MergePolicy::fail) {
  return merge_accounts(file, {base, ours, theirs}, policy);
}

TEST(Accounts, UsersOfBothSidesAreThere) {
  const std::string app = "app:x:1000:1000::/srv:/bin/sh\n";
  const std::string apt = "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n";
  EXPECT_EQ(
      merge(AccountFile::passwd, root + nobody, root + nobody + app, root + nobody + apt).text,
      root + nobody + apt + app);
}

TEST(Accounts, AnIdUsedTwiceByTheMergeIsARefusalThatNamesBoth) {
  const MergedText merged = merge(AccountFile::passwd, root, root + "a:x:101:1::/:/bin/sh\n",
                                  root + "b:x:101:1::/:/bin/sh\n");
  EXPECT_FALSE(merged.text);
  EXPECT_EQ(merged.reason, "an id used twice: 101 of a and b");
}

TEST(Accounts, OfAnIdUsedTwiceThePolicyDecidesAndAllOtherUsersStay) {
  const std::string app = "app:x:101:1000::/:/no\n";
  const std::string web = "web:x:1002:1002::/:/no\n";
  const std::string sys = "sys:x:101:101::/:/no\n";
  const std::string log = "log:x:102:102::/:/no\n";
  const MergedText ours =
      merge(AccountFile::passwd, root, root + app + web, root + sys + log, MergePolicy::ours);
  EXPECT_EQ(ours.text, root + log + app + web);
  EXPECT_EQ(ours.reason, "an id used twice, ours kept: 101 of app and sys");
  const MergedText theirs =
      merge(AccountFile::passwd, root, root + app + web, root + sys + log, MergePolicy::theirs);
  EXPECT_EQ(theirs.text, root + sys + log + web);
  EXPECT_EQ(theirs.reason, "an id used twice, theirs kept: 101 of app and sys");
}

TEST(Accounts, ANameThatGaveWayToAnIdOfOursKeepsTheIdItHadInOurs) {
  const std::string sys = "sys:x:100:100::/:/no\n";
  const std::string app = "app:x:101:101::/:/no\n";
  const std::string log = "log:x:100:100::/:/no\n";
  const MergedText merged = merge(AccountFile::passwd, root + sys, root + sys + app,
                                  root + "sys:x:101:101::/:/no\n" + log, MergePolicy::ours);
  EXPECT_EQ(merged.text, root + sys + app);
}

TEST(Accounts, AnIdThatASideSharesAlreadyIsAllowed) {
  const std::string toor = "toor:x:0:0:root:/root:/bin/sh\n";
  const std::string app = "app:x:1000:1000::/srv:/bin/sh\n";
  EXPECT_TRUE(merge(AccountFile::passwd, root, root + toor, root + app).text);
}

TEST(Accounts, OneNameWithTwoIdsIsAConflict) {
  const MergedText merged =
      merge(AccountFile::passwd, root, root + "messagebus:x:101:101::/:/bin/false\n",
            root + "messagebus:x:102:102::/:/bin/false\n");
  EXPECT_EQ(merged.reason, "users changed on both sides: messagebus");
}

TEST(Accounts, MembersOfAGroupAreASet) {
  EXPECT_EQ(
      merge(AccountFile::group, "video:x:44:a\n", "video:x:44:a,app\n", "video:x:44:a,new\n").text,
      "video:x:44:a,app,new\n");
  EXPECT_EQ(
      merge(AccountFile::group, "video:x:44:a,b\n", "video:x:44:b\n", "video:x:44:a,b,c\n").text,
      "video:x:44:b,c\n");
}

TEST(Accounts, AGroupWhoseIdChangedKeepsItsNewMembers) {
  EXPECT_EQ(merge(AccountFile::group, "ssl:x:10:\n", "ssl:x:10:app\n", "ssl:x:11:\n").text,
            "ssl:x:11:app\n");
  EXPECT_FALSE(merge(AccountFile::group, "ssl:x:10:\n", "ssl:x:12:\n", "ssl:x:11:\n").text);
}

TEST(Accounts, AdministratorsAndMembersOfShadowGroupsAreSets) {
  EXPECT_EQ(merge(AccountFile::gshadow, "g:*::\n", "g:*:a:m\n", "g:*:b:n\n").text, "g:*:a,b:m,n\n");
}

TEST(Accounts, TheDayOfAPasswordIsTakenFromTheirs) {
  EXPECT_EQ(merge(AccountFile::shadow, "", "sshd:!:19700::::::\n", "sshd:!:19800::::::\n").text,
            "sshd:!:19800::::::\n");
}

TEST(Accounts, TwoNewPasswordsAreAConflict) {
  EXPECT_FALSE(merge(AccountFile::shadow, "root:*:1:0:99999:7:::\n", "root:$y$a:2:0:99999:7:::\n",
                     "root:$y$b:3:0:99999:7:::\n")
                   .text);
}

TEST(Accounts, AUserWhosePasswordAndShellWereChangedIsAConflict) {
  EXPECT_FALSE(merge(AccountFile::passwd, root, "root:*:0:0:root:/root:/bin/bash\n",
                     "root:x:0:0:root:/root:/bin/sh\n")
                   .text);
}

TEST(Accounts, CommentsAndOddLinesStay) {
  const std::string odd = "# users\n\n+::::::\n";
  const MergedText merged = merge(AccountFile::passwd, odd + root, odd + root + nobody,
                                  odd + root + "x:x:7:7::/:/bin/sh\n");
  EXPECT_EQ(merged.text, odd + root + "x:x:7:7::/:/bin/sh\n" + nobody);
}

TEST(Accounts, RangesThatOverlapAreARefusal) {
  EXPECT_TRUE(merge(AccountFile::subordinate_ids, "", "a:100000:65536\n", "b:165536:65536\n").text);
  const MergedText merged =
      merge(AccountFile::subordinate_ids, "", "a:100000:65536\n", "b:100000:65536\n");
  EXPECT_EQ(merged.reason, "ranges that overlap: a:100000, b:100000");
  EXPECT_FALSE(merge(AccountFile::subordinate_ids, "", "a:1:2\n", "b:9:x\n").text);
}

TEST(Accounts, OfRangesThatOverlapThePolicyDecidesAndAllOthersStay) {
  EXPECT_EQ(merge(AccountFile::subordinate_ids, "", "a:100000:65536\nc:900000:65536\n",
                  "b:100001:65536\n", MergePolicy::theirs)
                .text,
            "b:100001:65536\nc:900000:65536\n");
}

}  // namespace
}  // namespace imgops
