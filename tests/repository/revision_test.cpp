#include "tests/repository/made_layout.hpp"
#include "tests/repository/revision_text.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

const std::vector<std::string> known{"app:1",       "odd name", "a..b",    "x~1",
                                     "sha256:abcd", "oci:v1",   "scratch", "docker://known"};

struct Case {
  std::string word;
  std::string expected;  // by text_of(); "invalid" for Error(invalid_argument)
};

void PrintTo(const Case& example, std::ostream* out) {
  *out << example.word;
}

template <class Parse>
std::string outcome(const Parse& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::invalid_argument ? "invalid" : "another error";
  }
}

class RevisionTable : public ::testing::TestWithParam<Case> {};

TEST_P(RevisionTable, IsParsedAsTheTableSays) {
  EXPECT_EQ(outcome([] { return made::text_of(parse_revision(GetParam().word, known)); }),
            GetParam().expected);
}

const std::string digest(64, 'a');

const std::vector<Case> revisions{
    // Rule 1: what equals a ref of the layout is that ref, whatever it looks like.
    {"app:1", "here | app:1"},
    {"odd name", "here | odd name"},
    {"a..b", "here | a..b"},
    {"x~1", "here | x~1"},
    {"oci:v1", "here | oci:v1"},
    {"docker://known", "here | docker://known"},
    {"odd name~1", "here | odd name | back 1"},
    // Names of the grammar.
    {"app", "here | app"},
    {"repo/app:1.2", "here | repo/app:1.2"},
    {"other name", "invalid"},
    {"-app", "invalid"},
    {"app:", "invalid"},
    {"", "invalid"},
    // Rule 9: scratch is the empty image even when a ref is called so.
    {"scratch", "here | scratch"},
    {"oci:lay:scratch", "oci lay | scratch"},
    // Suffixes, from left to right.
    {"app:1~2", "here | app:1 | back 2"},
    {"app:1~", "here | app:1 | back 1"},
    {"app:1~0", "here | app:1 | back 0"},
    {"app:1^", "here | app:1 | back 1"},
    {"app:1^^", "here | app:1 | back 1 | back 1"},
    {"app:1~~2^", "here | app:1 | back 1 | back 2 | back 1"},
    {"app:1#7", "here | app:1 | step 7"},
    {"app:1#-2", "here | app:1 | step -2"},
    {"app:1#7~1", "here | app:1 | step 7 | back 1"},
    {"app:1^{base}", "here | app:1 | base"},
    {"app:1^{base}~1", "here | app:1 | base | back 1"},
    {"app:1^{layer:81cb}", "here | app:1 | layer 81cb"},
    {"app:1^{layer:sha256:81cb}", "here | app:1 | layer 81cb"},
    {"app:1^{/apt-get install}", "here | app:1 | matching apt-get install"},
    {"app:1^{/a..b:/c~1#2}", "here | app:1 | matching a..b:/c~1#2"},
    {R"(app:1^{/a{2\}})", "here | app:1 | matching a{2}"},
    {R"(app:1^{/a\.b})", R"(here | app:1 | matching a\.b)"},
    {R"(app:1^{/a\\}~1)", R"(here | app:1 | matching a\\ | back 1)"},
    {"app:1^{/a", "invalid"},
    {"app:1^{/(}", "invalid"},
    {"app:1^{/}", "invalid"},
    {"app:1^{layer:81c}", "invalid"},
    {"app:1^{layer:81CB}", "invalid"},
    {"app:1^{line:11}", "invalid"},
    {"app:1^{foo}", "invalid"},
    {"app:1^{bases}", "invalid"},
    {"app:1^{layer:}", "invalid"},
    {"app:1^{}", "invalid"},
    // Earlier places of a ref, right behind it.
    {"app:1@{1}", "here | app:1 | 1 ago"},
    {"app:1@{0}", "here | app:1 | 0 ago"},
    {"app:1@{1}~2", "here | app:1 | 1 ago | back 2"},
    {"app:1@{12}^{base}#1", "here | app:1 | 12 ago | base | step 1"},
    {"gone@{1}", "here | gone | 1 ago"},
    {"sha256:abcd@{1}", "here | sha256:abcd | 1 ago"},
    {"oci:lay:app:1@{1}", "oci lay | app:1 | 1 ago"},
    {"oci:lay:scratch@{1}", "oci lay | scratch | 1 ago"},
    {"app:1@{}", "invalid"},
    {"app:1@{-1}", "invalid"},
    {"app:1@{ 1}", "invalid"},
    {"app:1@{yesterday}", "invalid"},
    {"app:1@{99999999999999999999999}", "invalid"},
    {"app:1@{1}@{1}", "invalid"},
    {"app:1~1@{1}", "invalid"},
    {"app:1@{1", "invalid"},
    {"@{1}", "invalid"},
    {"scratch@{1}", "invalid"},
    {"@f124@{1}", "invalid"},
    {"oci:lay@{1}", "invalid"},
    {"oci:lay:@0@{1}", "invalid"},
    {"oci-archive:f.tar:app@{1}", "invalid"},
    {"docker-archive:f.tar:app@{1}", "invalid"},
    {"app:1#", "invalid"},
    {"app:1#0", "invalid"},
    {"app:1#x", "invalid"},
    {"app:1~x", "invalid"},
    {"app:1~99999999999999999999999", "invalid"},
    {"~1", "invalid"},
    // Rule 8 and beginnings of digests.
    {"@f1247a25", "here | @f1247a25"},
    {"@f124", "here | @f124"},
    {"@f12", "invalid"},
    {"@F124", "invalid"},
    {"@xyzw", "invalid"},
    {"@f1247a25~1", "here | @f1247a25 | back 1"},
    {"sha256:f124", "here | sha256:f124"},
    {"sha256:abcd", "here | sha256:abcd"},
    {"@sha256:" + digest, "here | @sha256:" + digest},
    // Rule 3: transports and paths.
    {"oci:./lay", "oci ./lay | "},
    {"oci:./lay:", "oci ./lay | "},
    {"oci:./lay:app:1", "oci ./lay | app:1"},
    {"oci:./lay:app:1~2", "oci ./lay | app:1 | back 2"},
    {"oci:./lay~2", "oci ./lay |  | back 2"},
    {"oci:./lay^{layer:abcd}", "oci ./lay |  | layer abcd"},
    {"oci:./lay~2/", "oci ./lay~2/ | "},
    {"oci:./lay~2:app", "oci ./lay~2 | app"},
    {"oci:./lay:~2", "oci ./lay |  | back 2"},
    {"oci:/a/b.c:odd name", "oci /a/b.c | odd name"},
    {"oci:lay@sha256:" + digest, "oci lay | @sha256:" + digest},
    {"oci:lay@sha256:" + digest + "~1", "oci lay | @sha256:" + digest + " | back 1"},
    {"oci:lay@sha256/:abcd", "oci lay@sha256/ | abcd"},
    {"oci:lay@sha256:app", "oci lay@sha256 | app"},
    {"oci:lay:@0", "oci lay | @@0"},
    {"oci:lay:@12~1", "oci lay | @@12 | back 1"},
    {"oci:lay:@123", "oci lay | @@123"},
    {"oci:lay:@1234", "oci lay | @1234"},
    {"oci:lay:@x", "invalid"},
    {"oci:lay:@{1}", "invalid"},
    {"oci:", "invalid"},
    {"oci::app", "invalid"},
    {"oci-archive:f.tar", "oci-archive f.tar | "},
    {"oci-archive:f.tar:app:1", "oci-archive f.tar | app:1"},
    {"docker-archive:f.tar", "docker-archive f.tar | "},
    {"docker-archive:f.tar:repo/app:1", "docker-archive f.tar | repo/app:1"},
    {"docker-archive:f.tar:@2", "docker-archive f.tar | @@2"},
    {"ocidir://lay:app", "oci lay | app"},
    {"ocidir:///a/lay:app", "oci /a/lay | app"},
    {"oci-layout:///a/lay", "oci /a/lay | "},
    {"oci-layout://lay:app:1", "oci lay | app:1"},
    {"docker://host/app:1", "invalid"},
    {"docker://host/app@sha256:" + digest, "invalid"},
    {"docker-daemon:app:1", "invalid"},
    {"docker-daemon:sha256:" + digest, "invalid"},
    {"containers-storage:app", "invalid"},
    {"containers-storage:[overlay@/a]app", "invalid"},
    {"dir:x", "invalid"},
    {"https://host/x", "invalid"},
    {"/no/such/layout:app", "invalid"},
};
INSTANTIATE_TEST_SUITE_P(Table, RevisionTable, ::testing::ValuesIn(revisions));

class RangeTable : public ::testing::TestWithParam<Case> {};

TEST_P(RangeTable, IsParsedAsTheTableSays) {
  EXPECT_EQ(outcome([] { return made::text_of(parse_range(GetParam().word, known)); }),
            GetParam().expected);
}

const std::vector<Case> ranges{
    {"app:1", "no range"},
    {"a..b", "no range"},
    {"oci:../lay", "no range"},
    {"oci:../lay..x", "no range"},
    {"../lay:app", "no range"},
    {"app:1^{/a..b}", "no range"},
    {"debian:v1..app:1", "here | debian:v1 .. here | app:1"},
    {"app:1~2..app:1", "here | app:1 | back 2 .. here | app:1"},
    {"app:1^{base}..app:1~1", "here | app:1 | base .. here | app:1 | back 1"},
    {"app:1^{/x..y}..app:1", "here | app:1 | matching x..y .. here | app:1"},
    {"..app:1", "base .. here | app:1"},
    {"scratch..app:1", "here | scratch .. here | app:1"},
    {"scratch..oci:lay:app", "here | scratch .. oci lay | app"},
    {"app:1...app2:1", "here | app:1 ... here | app2:1"},
    {"app:1@{1}..app:1", "here | app:1 | 1 ago .. here | app:1"},
    {"app:1@{1}...app:1@{0}", "here | app:1 | 1 ago ... here | app:1 | 0 ago"},
    {"@f124..app:1", "here | @f124 .. here | app:1"},
    {"docker-archive:f.tar:a..oci:lay:b", "docker-archive f.tar | a .. oci lay | b"},
    {"...app", "invalid"},
    {"app..", "invalid"},
    {"app...", "invalid"},
    {"..", "invalid"},
    {"oci:../lay:a..b", "oci ../lay | a .. oci ../lay | b"},
    {"oci:../lay:a...odd one", "oci ../lay | a ... oci ../lay | odd one"},
    {"a..oci:../lay:b", "oci ../lay | a .. oci ../lay | b"},
    {"oci:x:a..oci:y:b", "oci x | a .. oci y | b"},
    {"oci:../lay:..b", "invalid"},
    {"oci:lay@sha256:" + digest + "..b", "oci lay | @sha256:" + digest + " .. oci lay | b"},
    {"docker://host/a..b", "invalid"},
};
INSTANTIATE_TEST_SUITE_P(Table, RangeTable, ::testing::ValuesIn(ranges));

class FileReferenceTable : public ::testing::TestWithParam<Case> {};

TEST_P(FileReferenceTable, IsParsedAsTheTableSays) {
  EXPECT_EQ(outcome([] {
              const auto reference = parse_file_reference(GetParam().word, known);
              return made::text_of(reference.revision) + " @ " + reference.path;
            }),
            GetParam().expected);
}

const std::vector<Case> file_references{
    {"app:1:/etc/passwd", "here | app:1 @ /etc/passwd"},
    {"app:1~1:/etc/passwd", "here | app:1 | back 1 @ /etc/passwd"},
    {"app:1:/a:/b", "here | app:1 @ /a:/b"},
    {"app:1:/a~1#2..b", "here | app:1 @ /a~1#2..b"},
    {"app:1^{/x:/y}:/a", "here | app:1 | matching x:/y @ /a"},
    {"app:1@{1}:/a", "here | app:1 | 1 ago @ /a"},
    {"app:1:/", "here | app:1 @ /"},
    {"@f124:/a", "here | @f124 @ /a"},
    {"scratch:/a", "here | scratch @ /a"},
    {"oci:./layout:app:1:/etc/passwd", "oci ./layout | app:1 @ /etc/passwd"},
    {"oci:./layout:/etc/passwd", "oci ./layout |  @ /etc/passwd"},
    {"oci:/abs/layout:app:/x", "oci /abs/layout | app @ /x"},
    {"oci:/abs/layout~1:/x", "oci /abs/layout |  | back 1 @ /x"},
    {"ocidir:///abs:app:/x", "oci /abs | app @ /x"},
    {"docker-archive:f.tar:/x", "docker-archive f.tar |  @ /x"},
    {"app:1", "invalid"},
    {"app", "invalid"},
    {":/x", "invalid"},
    {"docker://host/app:/x", "invalid"},
};
INSTANTIATE_TEST_SUITE_P(Table, FileReferenceTable, ::testing::ValuesIn(file_references));

TEST(ParseRevision, APathBeforeATagIsALayoutWhenOneIsThere) {
  const made::MadeLayout layout;
  const std::string path = layout.path().string();
  EXPECT_EQ(made::text_of(parse_revision(path + ":app:1~1", known)),
            "oci " + path + " | app:1 | back 1");
}

TEST(ParseRevision, APathAloneIsALayoutWhenOneIsThere) {
  const made::MadeLayout layout;
  const std::string path = layout.path().string();
  EXPECT_EQ(made::text_of(parse_revision(path, known)), "oci " + path + " | ");
}

TEST(ParseRevision, AKnownNameWinsOverALayoutOfThatPath) {
  const made::MadeLayout layout;
  const std::string word = layout.path().string() + ":app";
  const std::vector<std::string> names{word};
  EXPECT_EQ(made::text_of(parse_revision(word + "~1", names)), "here | " + word + " | back 1");
}

TEST(ParseRevision, APathBeforeATagBeginsARangeToo) {
  const made::MadeLayout layout;
  const std::string path = layout.path().string();
  EXPECT_EQ(made::text_of(parse_range(path + ":a..b", known)),
            "oci " + path + " | a .. oci " + path + " | b");
}

struct SuffixCase {
  std::string text;
  std::size_t count;  // of suffixes; 0 for Error(invalid_argument)
};
class SuffixTable : public ::testing::TestWithParam<SuffixCase> {};

TEST_P(SuffixTable, IsParsedWithoutAnImage) {
  std::size_t count = 0;
  const auto kind = made::kind_of([&] { count = parse_suffixes(GetParam().text).size(); });
  EXPECT_EQ(count, GetParam().count) << GetParam().text;
  EXPECT_EQ(kind.has_value(), GetParam().count == 0);
}

const std::vector<SuffixCase> suffixes{
    {"#7", 1}, {"^{layer:81cb}", 1}, {"~1^{base}", 2}, {"#7x", 0},           {"x", 0},
    {"#", 0},  {"@{1}", 0},          {"^{layer:}", 0}, {"^{layer:81cb}}", 0}};
INSTANTIATE_TEST_SUITE_P(Table, SuffixTable, ::testing::ValuesIn(suffixes));

TEST(ParseRevision, KeepsTheWordForMessages) {
  EXPECT_EQ(parse_revision("oci:lay:app~1", known).text, "oci:lay:app~1");
}

TEST(ParseRevision, ListsTheTransportsForOneItDoesNotKnow) {
  const auto error = made::error_of([] { parse_revision("docker://host/app", known); });
  ASSERT_TRUE(error);
  EXPECT_NE(error->hint().find("oci-archive:"), std::string::npos);
}

TEST(ParseRevision, ListsTheSuffixesForOneThatIsNotPossible) {
  const auto error = made::error_of([] { parse_revision("app~1@{1}", known); });
  ASSERT_TRUE(error);
  EXPECT_NE(error->hint().find("^{base}"), std::string::npos);
}

}  // namespace
}  // namespace imgops
