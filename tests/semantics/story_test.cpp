// Every story against three judges: the library, the naive model, and the story itself.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/naive_model.hpp"
#include "tests/semantics/naive_tar.hpp"
#include "tests/semantics/rewriting.hpp"
#include "tests/semantics/writer_rules.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace imgops::test {
namespace {

const std::vector<story::Story>& stories() {
  static const std::vector<story::Story> all = story::load_all(IMGOPS_FIXTURES "/stories");
  return all;
}

class EveryStory : public ::testing::TestWithParam<std::size_t> {
 protected:
  const story::Story& story() const { return stories()[GetParam()]; }
};

std::string show(const Diagnostic& diagnostic) {
  return fmt::format("{} {} {}", name(diagnostic.level), diagnostic.row, to_sentence(diagnostic));
}

bool matches(const story::ExpectedDiagnostic& expected, const Diagnostic& found) {
  return expected.code == name(found.code) && expected.row == found.row &&
         (!expected.path || *expected.path == found.path) &&
         (!expected.layer || found.layer_index == expected.layer);
}

// What of `found` nobody expected, and what of `expected` was not found.
std::vector<std::string> mismatches(const std::vector<story::ExpectedDiagnostic>& expected,
                                    const std::vector<Diagnostic>& found, DiagnosticLevel level,
                                    bool exact) {
  std::vector<std::string> lines;
  std::set<const story::ExpectedDiagnostic*> seen;
  for (const Diagnostic& diagnostic : found) {
    if (diagnostic.level != level) continue;
    const auto match = std::find_if(expected.begin(), expected.end(), [&](const auto& wanted) {
      return matches(wanted, diagnostic);
    });
    if (match != expected.end())
      seen.insert(&*match);
    else if (exact)
      lines.push_back("not in the story: " + show(diagnostic));
  }
  for (const story::ExpectedDiagnostic& wanted : expected) {
    if (seen.count(&wanted) > 0) continue;
    lines.push_back(fmt::format("missing {} {} {} /{}", name(level), wanted.code, wanted.row,
                                printable(wanted.path.value_or("*"))));
  }
  return lines;
}

std::string all_of(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += "  " + show(diagnostic) + "\n";
  return text;
}

// Codes that are decided below the members, where the naive model sees nothing.
bool is_below_members(const std::string& code) {
  static const std::set<std::string> codes = {"BAD-HEADER",     "TRUNCATED",   "ZERO-GAP",
                                              "CODEC-TRAILING", "CODEC-CHECK", "CODEC-UNKNOWN"};
  return codes.count(code) > 0;
}

TEST_P(EveryStory, LibraryGivesItsTree) {
  if (!story().tree) return;  // a rejected stack has none
  LibraryStack stack(story::build(story().layers));
  Collector collector;
  const PlainTree tree = stack.plain(stack.apply(Tree(), 0, stack.size(), collector));
  EXPECT_EQ(join_lines(differences(*story().tree, tree)), "") << to_text(tree);
}

TEST_P(EveryStory, LibraryGivesItsDiagnostics) {
  if (!story().tree) return;  // a rejected stack has none
  LibraryStack stack(story::build(story().layers));
  Collector collector;
  stack.apply(Tree(), 0, stack.size(), collector);
  const std::vector<Diagnostic> found = collector.diagnostics();
  EXPECT_EQ(join_lines(mismatches(story().warnings, found, DiagnosticLevel::warning,
                                  !story().any_warnings)),
            "")
      << all_of(found);
  EXPECT_EQ(join_lines(mismatches(story().notes, found, DiagnosticLevel::note, false)), "")
      << all_of(found);
  for (const Diagnostic& diagnostic : found) {
    EXPECT_TRUE(diagnostic.layer_index.has_value()) << show(diagnostic);
    EXPECT_FALSE(diagnostic.layer.empty()) << show(diagnostic);
  }
}

TEST_P(EveryStory, LibraryRejectsAsToldAndNamesTheLayer) {
  if (!story().rejected) return;
  LibraryStack stack(story::build(story().layers));
  SilentObserver silent;
  try {
    const PlainTree tree = stack.plain(stack.apply(Tree(), 0, stack.size(), silent));
    FAIL() << "not rejected:\n" << to_text(tree);
  } catch (const Error& error) {
    ASSERT_NE(error.diagnostic(), nullptr) << error.what();
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
    EXPECT_EQ(error.diagnostic()->level, DiagnosticLevel::reject);
    EXPECT_TRUE(matches(*story().rejected, *error.diagnostic()))
        << "wanted " << story().rejected->code << " " << story().rejected->row << ", got "
        << show(*error.diagnostic());
    EXPECT_FALSE(error.diagnostic()->layer.empty()) << show(*error.diagnostic());
  }
}

TEST_P(EveryStory, NaiveModelAgrees) {
  if (story().rejected && is_below_members(story().rejected->code)) return;
  try {
    const PlainTree tree = naive::to_plain(naive::union_of(story().layers));
    ASSERT_TRUE(story().tree.has_value()) << "the model shows\n" << to_text(tree);
    EXPECT_EQ(join_lines(differences(*story().tree, tree)), "") << to_text(tree);
  } catch (const naive::Rejected& rejected) {
    ASSERT_TRUE(story().rejected.has_value()) << rejected.what();
    EXPECT_EQ(rejected.code, story().rejected->code);
    EXPECT_EQ(rejected.row, story().rejected->row);
  }
}

TEST_P(EveryStory, RewritingAnyRangeKeepsTheTree) {
  if (!story().tree) return;  // a rejected stack has none
  Rewriting rewriting(story().layers);
  for (std::size_t first = 0; first < rewriting.size(); ++first) {
    for (std::size_t last = first + 1; last <= rewriting.size(); ++last) {
      const auto told = std::find_if(
          story().compressed.begin(), story().compressed.end(),
          [&](const auto& expected) { return expected.first == first && expected.last == last; });
      if (told != story().compressed.end() && told->refused) continue;
      EXPECT_EQ(join_lines(rewriting.faults(first, last)), "")
          << "compress " << first << ".." << last << "\n"
          << rewriting.listing(first, last);
    }
  }
}

void expect_members(const std::vector<story::Member>& expected, const naive::TarArchive& archive,
                    const std::vector<naive::TarArchive>& sources) {
  ASSERT_EQ(expected.size(), archive.members.size());
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const story::Member& wanted = expected[at];
    const story::Member& found = archive.members[at].said;
    const std::string path = "/" + path_of(wanted);
    EXPECT_EQ(path_of(wanted), path_of(found)) << "at " << at;
    EXPECT_EQ(wanted.type, found.type) << path;
    EXPECT_EQ(wanted.link, found.link) << path;
    EXPECT_TRUE(wanted.body == found.body) << path << ": content";
    EXPECT_EQ(wanted.mode, found.mode) << path;
    EXPECT_EQ(wanted.uid, found.uid) << path;
    EXPECT_EQ(wanted.gid, found.gid) << path;
    EXPECT_EQ(wanted.mtime.seconds, found.mtime.seconds) << path;
    EXPECT_EQ(wanted.mtime.nanoseconds, found.mtime.nanoseconds) << path;
    EXPECT_EQ(wanted.xattrs, found.xattrs) << path;
    if (wanted.copied == story::Member::Copied::either) continue;
    EXPECT_EQ(wanted.copied == story::Member::Copied::verbatim,
              is_verbatim(archive.members[at], sources))
        << path << ": copied byte for byte or not (W10)";
  }
}

TEST_P(EveryStory, WritesTheLayersItTells) {
  if (story().compressed.empty()) return;
  Rewriting rewriting(story().layers);
  for (const story::ExpectedCompress& expected : story().compressed) {
    SCOPED_TRACE(fmt::format("compress {}..{}", expected.first, expected.last));
    if (expected.refused) {
      try {
        rewriting.write(expected.first, expected.last);
        ADD_FAILURE() << "not refused";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::conflict) << error.what();
      }
      continue;
    }
    SCOPED_TRACE(rewriting.listing(expected.first, expected.last));
    expect_members(expected.members, rewriting.write(expected.first, expected.last),
                   rewriting.sources());
  }
}

std::string test_name(const ::testing::TestParamInfo<std::size_t>& info) {
  std::string text = stories()[info.param].name;
  for (char& character : text) {
    if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '_';
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(Stories, EveryStory, ::testing::Range(std::size_t{0}, stories().size()),
                         test_name);

TEST(Stories, EveryRowOfTheUnionHasOne) {
  const std::map<std::string, int> last_rows = {{"U", 29}, {"P", 21}, {"L", 22}, {"N", 13},
                                                {"M", 24}, {"S", 13}, {"W", 14}, {"Q", 29}};
  // Rows about documents, commands and whole layouts; fixtures/README.md says where they are
  // tested.
  const std::set<std::string> elsewhere = {"M17", "S10", "S11", "Q22", "Q24",
                                           "Q25", "Q26", "Q28", "Q29"};
  std::set<std::string> told;
  for (const story::Story& story : stories()) told.insert(story.row);
  for (const auto& [letter, last] : last_rows) {
    for (int number = 1; number <= last; ++number) {
      const std::string row = fmt::format("{}{:02}", letter, number);
      EXPECT_TRUE(told.count(row) > 0 || elsewhere.count(row) > 0) << row << " has no story";
    }
  }
}

TEST(Stories, FilesAreNamedAfterTheirRow) {
  for (const story::Story& story : stories()) {
    EXPECT_EQ(story.name.substr(0, story.row.size() + 1), story.row + "-") << story.name;
  }
}

}  // namespace
}  // namespace imgops::test
