// What dpkg itself says: of merged databases, and of the order of versions. Skipped without dpkg.
#include "libimgops/packages/control_file.hpp"
#include "libimgops/packages/dpkg_status.hpp"
#include "libimgops/packages/version.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace imgops {
namespace {

namespace fs = std::filesystem;

std::string output_of(const std::string& command) {
  std::string output;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer{};
  for (std::size_t count = 1; count > 0;) {
    count = fread(buffer.data(), 1, buffer.size(), pipe);
    output.append(buffer.data(), count);
  }
  pclose(pipe);
  return output;
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class DpkgOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    if (output_of("dpkg --version").find("Debian") == std::string::npos) {
      GTEST_SKIP() << "dpkg is not here";
    }
  }

  // A database of its own with that status, every package with an empty list of files.
  std::string admin_directory(const std::string& status) const {
    const fs::path directory = scratch_.path() / "dpkg";
    fs::remove_all(directory);
    fs::create_directories(directory / "info");
    fs::create_directories(directory / "updates");
    std::ofstream(directory / "status", std::ios::binary) << status;
    std::ofstream(directory / "available");
    std::ofstream(directory / "info" / "format") << "1\n";
    for (const Paragraph& paragraph : ControlFile::parse(status).paragraphs) {
      const std::string name(paragraph.value("Package"));
      const std::string architecture(paragraph.value("Architecture"));
      const bool is_same = paragraph.value("Multi-Arch") == "same";
      const std::string stem = is_same ? name + ":" + architecture : name;
      for (const char* ending : {".list", ".md5sums"}) {
        std::ofstream file(directory / "info" / (stem + ending));
      }
    }
    return directory.string();
  }

  made::TemporaryDirectory scratch_;
};

std::string package(const std::string& name, const std::string& version,
                    const std::string& depends = "") {
  return "Package: " + name +
         "\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: 10\n"
         "Maintainer: M <m@example.org>\nArchitecture: amd64\nMulti-Arch: same\nVersion: " +
         version + "\n" + (depends.empty() ? "" : "Depends: " + depends + "\n") +
         "Conffiles:\n /etc/" + name + ".conf 0123456789abcdef0123456789abcdef\n" +
         "Description: " + name + "\n a package\n .\n of " + version + "\n\n";
}

TEST_F(DpkgOracle, AMergedDatabaseIsListedAndFoundInOrder) {
  const std::string base = package("libc6", "2.36-9+deb12u3") + package("zlib1g", "1:1.2.13-1");
  const std::string ours = package("libc6", "2.36-9+deb12u3") +
                           package("nginx", "1.22.1-9", "libc6 (>= 2.36), zlib1g (>= 1:1.1.4)") +
                           package("zlib1g", "1:1.2.13-1");
  const std::string theirs = package("libc6", "2.36-9+deb12u7") +
                             package("libsystemd0", "252.26-1~deb12u2") +
                             package("zlib1g", "1:1.2.13-1");
  const MergedText merged = merge_dpkg_status({base, ours, theirs}, MergePolicy::fail);
  ASSERT_TRUE(merged.text) << merged.reason;
  const std::string directory = admin_directory(*merged.text);
  EXPECT_EQ(output_of("dpkg --admindir=" + directory + " --audit"), "");
  EXPECT_EQ(output_of("dpkg-query --admindir=" + directory +
                      " -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'"),
            "libc6 2.36-9+deb12u7 ii \nlibsystemd0 252.26-1~deb12u2 ii \nnginx 1.22.1-9 ii \n"
            "zlib1g 1:1.2.13-1 ii \n");
}

// The database of this machine as an old base; both sides change some of its packages, and ours
// has more of them.
TEST_F(DpkgOracle, TheDatabaseOfThisMachineIsMergedAndAuditedAsItself) {
  const std::string whole = text_of("/var/lib/dpkg/status");
  if (whole.empty()) GTEST_SKIP() << "no database here";
  const ControlFile file = ControlFile::parse(whole);
  EXPECT_EQ(file.print(), whole);
  ControlFile base, ours, theirs, expected;
  for (std::size_t at = 0; at < file.paragraphs.size(); ++at) {
    const Paragraph& paragraph = file.paragraphs[at];
    Paragraph newer = paragraph;
    for (ControlField& field : newer.fields) {
      if (!is_same_field_name(field.name(), "Version")) continue;
      field = ControlField::make("Version", std::string(field.value()) + "+deb12u9");
    }
    const bool is_of_app = at % 3 == 0;
    const bool is_newer = at % 3 == 1;
    ours.paragraphs.push_back(paragraph);
    expected.paragraphs.push_back(is_newer ? newer : paragraph);
    if (is_of_app) continue;
    base.paragraphs.push_back(paragraph);
    theirs.paragraphs.push_back(is_newer ? newer : paragraph);
  }
  const MergedText merged =
      merge_dpkg_status({base.print(), ours.print(), theirs.print()}, MergePolicy::fail);
  ASSERT_TRUE(merged.text) << merged.reason;
  EXPECT_EQ(*merged.text, expected.print());
  const auto said_of = [&](const std::string& status) {
    const std::string dpkg = "--admindir=" + admin_directory(status);
    return output_of("dpkg-query " + dpkg + " -W -f '${binary:Package} ${db:Status-Abbrev}\\n'") +
           output_of("dpkg " + dpkg + " --audit");
  };
  EXPECT_EQ(said_of(*merged.text), said_of(whole));
}

TEST_F(DpkgOracle, VersionsAreInItsOrder) {
  std::mt19937 random(5);
  constexpr std::string_view letters = "019ab.+~-";
  const auto version = [&] {
    std::string text = random() % 4 == 0 ? "1:" : "";
    text += static_cast<char>('0' + random() % 3);
    for (std::size_t at = random() % 6; at > 0; --at) text += letters[random() % letters.size()];
    return text + static_cast<char>('0' + random() % 2);  // a revision is never empty
  };
  std::string script;
  std::string expected;
  for (int pair = 0; pair < 300; ++pair) {
    const std::string one = version();
    const std::string other = version();
    script += "dpkg --compare-versions '" + one + "' lt '" + other + "'; echo \"" + one + " " +
              other + " $?\"\n";
    const bool is_less = compare_dpkg_versions(one, other) < 0;
    expected += one + " " + other + (is_less ? " 0\n" : " 1\n");
  }
  const fs::path file = scratch_.path() / "compare";
  std::ofstream(file) << script;
  EXPECT_EQ(output_of("sh " + file.string()), expected);
}

}  // namespace
}  // namespace imgops
