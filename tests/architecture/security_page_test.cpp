// docs/security.md promises tests: each row is there, and each test it names exists.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path root = IMGOPS_SOURCE_DIRECTORY;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(SecurityPage, HasEveryRow) {
  const std::string page = text_of(root / "docs/security.md");
  const auto expect_row = [&](const std::string& id) {
    EXPECT_NE(page.find("\n| " + id + " | "), std::string::npos) << id;
  };
  for (int number = 1; number <= 36; ++number) expect_row(fmt::format("T{:02}", number));
  for (int number = 1; number <= 9; ++number) expect_row(fmt::format("PR{}", number));
}

TEST(SecurityPage, NamesTestsThatExist) {
  const std::string page = text_of(root / "docs/security.md");
  const std::regex named("`((?:tests|fixtures)/[^`:]+)(?:::([A-Za-z0-9_]+))?`");
  int count = 0;
  for (std::sregex_iterator found(page.begin(), page.end(), named), end; found != end; ++found) {
    const fs::path file = root / (*found)[1].str();
    ASSERT_TRUE(fs::exists(file)) << file;
    ++count;
    if (!(*found)[2].matched) continue;
    const std::regex whole("\\b" + (*found)[2].str() + "\\b");
    EXPECT_TRUE(std::regex_search(text_of(file), whole)) << found->str();
  }
  EXPECT_GT(count, 60);
}

}  // namespace
