// The house as docs/architecture.md draws it: rooms look only downwards, files stay small.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = IMGOPS_SOURCE_DIRECTORY;

const std::map<std::string, int> floors = {
    {"base", 0},     {"codec", 1}, {"tar", 1},        {"image", 1},   {"dockerfile", 1},
    {"packages", 1}, {"store", 2}, {"lineage", 2},    {"layer", 3},   {"tree", 4},
    {"diff", 5},     {"ops", 6},   {"repository", 6}, {"install", 7}, {"transfer", 7}};

std::vector<fs::path> sources(const fs::path& folder) {
  std::vector<fs::path> result;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".cpp" || extension == ".hpp") result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Architecture, RoomsIncludeOnlyTheirOwnFilesAndLowerFloors) {
  const std::regex include("#include \"([a-z]+)/([a-z_]+)/.*\"");
  for (const fs::path& file : sources(root / "libimgops")) {
    const std::string room = fs::relative(file, root / "libimgops").begin()->string();
    ASSERT_TRUE(floors.count(room)) << "a room without a floor: " << room;
    for (const std::string& line : lines_of(file)) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      EXPECT_EQ(match[1], "libimgops") << file << ": " << line;
      const std::string other = match[2];
      ASSERT_TRUE(floors.count(other)) << file << ": " << line;
      EXPECT_TRUE(other == room || floors.at(other) < floors.at(room)) << file << ": " << line;
    }
  }
}

TEST(Architecture, LibrariesStayOutOfPublicHeaders) {
  const std::regex library(
      "#include <(archive|openssl/|isa-l|libdeflate|zstd|zlib|xxhash|re2/|boost/)");
  for (const fs::path& file : sources(root / "libimgops")) {
    if (file.extension() != ".hpp") continue;
    for (const std::string& line : lines_of(file)) {
      EXPECT_FALSE(std::regex_search(line, library)) << file << ": " << line;
    }
  }
}

TEST(Architecture, NoSourceFileIsLongerThanFourHundredLines) {
  for (const char* folder : {"libimgops", "tools", "tests"}) {
    for (const fs::path& file : sources(root / folder)) {
      EXPECT_LE(lines_of(file).size(), 400U) << file;
    }
  }
}

TEST(Architecture, EveryHeaderOpensWithWhatItIsFor) {
  for (const fs::path& file : sources(root / "libimgops")) {
    if (file.extension() != ".hpp") continue;
    const auto lines = lines_of(file);
    ASSERT_FALSE(lines.empty()) << file;
    EXPECT_EQ(lines.front().rfind("// ", 0), 0U) << file;
    EXPECT_NE(std::find(lines.begin(), lines.end(), "#pragma once"), lines.end()) << file;
  }
}

TEST(Architecture, TheLibraryStartsNoThreadAndReadsNoClockOrEnvironment) {
  const std::regex forbidden(
      "std::getenv|secure_getenv|system_clock::now|std::cout|std::cerr|::time\\(");
  for (const fs::path& file : sources(root / "libimgops")) {
    for (const std::string& line : lines_of(file)) {
      EXPECT_FALSE(std::regex_search(line, forbidden)) << file << ": " << line;
    }
  }
}

}  // namespace
