#include "libimgops/image/reference.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

TEST(Reference, AcceptsTheGrammarOfTheSpecification) {
  for (const std::string_view name : {"v1", "app:1", "docker.io/library/app:1", "a--b", "1.2.3",
                                      "Upper_Case", "a@b", "a+b", "app@sha256:ab"}) {
    EXPECT_TRUE(is_reference_name(name)) << name;
  }
}

TEST(Reference, RefusesWhatTheGrammarDoesNotHave) {
  for (const std::string_view name :
       {"", "/a", "a/", "a//b", "-a", "a-", "a---b", "a__b", "a~1", "a b", "a..b", "a:/b", "a\n",
        "gr\xC3\xB6\xC3\x9F"
        "e"}) {
    EXPECT_FALSE(is_reference_name(name)) << name;
  }
}

TEST(Reference, KeepsARepositoryWithItsTag) {
  EXPECT_EQ(docker_reference("app:1"), "app:1");
  EXPECT_EQ(docker_reference("docker.io/library/app:1"), "docker.io/library/app:1");
  EXPECT_EQ(docker_reference("Host.example:5000/a/b__c:V_1"), "Host.example:5000/a/b__c:V_1");
}

TEST(Reference, TagsWhatHasNoTagAsLatest) {
  EXPECT_EQ(docker_reference("app"), "app:latest");
  EXPECT_EQ(docker_reference("localhost/app"), "localhost/app:latest");
}

TEST(Reference, HasNoNameForWhatDockerRefuses) {
  for (const std::string_view name :
       {"", "App", "app:", "app:.x", ":1", "a//b", "a_", "a..b", "-host.example/a", "host.:x/a",
        "host.example:port/a", "app:a:b", "app@sha256:ab", "Foo/app"}) {
    EXPECT_FALSE(docker_reference(name)) << name;
  }
  EXPECT_FALSE(docker_reference(std::string(64, 'a')));
  EXPECT_FALSE(docker_reference(std::string(256, 'a')));
  EXPECT_FALSE(docker_reference("a:" + std::string(129, 'x')));
}

TEST(Reference, AcceptsTheLongestNames) {
  EXPECT_TRUE(docker_reference("a:" + std::string(128, 'x')));
  EXPECT_TRUE(docker_reference(std::string(254, 'a')));
}

TEST(Reference, AddsTheHubAndItsLibrary) {
  EXPECT_EQ(full_reference("app:1"), "docker.io/library/app:1");
  EXPECT_EQ(full_reference("team/app"), "docker.io/team/app:latest");
  EXPECT_EQ(full_reference("docker.io/app:1"), "docker.io/library/app:1");
  EXPECT_EQ(full_reference("index.docker.io/library/app:1"), "docker.io/library/app:1");
}

TEST(Reference, HasNoFullNameThatIsTooLong) {
  EXPECT_TRUE(full_reference(std::string(236, 'a')));
  EXPECT_EQ(full_reference(std::string(254, 'a')), std::nullopt);
}

TEST(Reference, LeavesOtherRegistriesAlone) {
  EXPECT_EQ(full_reference("localhost/app"), "localhost/app:latest");
  EXPECT_EQ(full_reference("host.example/app:1"), "host.example/app:1");
}

TEST(Reference, FamiliarNamesLeaveOutTheHubAndItsLibrary) {
  EXPECT_EQ(familiar_reference("docker.io/library/app:1"), "app:1");
  EXPECT_EQ(familiar_reference("docker.io/team/app:1"), "team/app:1");
  EXPECT_EQ(familiar_reference("docker.io/"), "docker.io/");
  EXPECT_EQ(familiar_reference("localhost/library/app:1"), "localhost/library/app:1");
}

}  // namespace
}  // namespace imgops
