// --format TEMPLATE: what the subset does, and what is outside it.
#include "tools/imgops/text_template.hpp"

#include "libimgops/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops::cli {
namespace {

using ::testing::HasSubstr;

const Json& sample() {
  static const Json document = Json::parse(R"({
    "name": "app:1", "size": 857, "delta": -3, "score": 0.5, "changed": true, "label": null,
    "empty": "", "none": [], "image": {"digest": "sha256:ab"},
    "layers": [{"id": "a", "size": 1}, {"id": "b", "size": 20, "base": "x"}],
    "words": ["one", "two"]})");
  return document;
}

std::string rendered(std::string_view text, std::string_view rows = {}) {
  return TextTemplate::parse(text).render(sample(), rows);
}

Error failure_of(std::string_view text, std::string_view rows = {}) {
  try {
    rendered(text, rows);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "rendered: " << text;
  return {ErrorKind::cancelled, ""};
}

TEST(TextTemplate, ANameStandsForItsValue) {
  EXPECT_EQ(rendered("{{.name}} {{ .size }}"), "app:1 857\n");
}

TEST(TextTemplate, ADottedNameGoesDeeper) {
  EXPECT_EQ(rendered("{{.image.digest}}"), "sha256:ab\n");
}

TEST(TextTemplate, NumbersAndTruthValuesAreWrittenAsInJson) {
  EXPECT_EQ(rendered("{{.delta}} {{.score}} {{.changed}}"), "-3 0.5 true\n");
}

TEST(TextTemplate, NullIsNoValue) {
  EXPECT_EQ(rendered("{{.label}}"), "<no value>\n");
}

TEST(TextTemplate, JsonPrintsAnythingWhole) {
  EXPECT_EQ(rendered("{{json .image}}"), "{\"digest\":\"sha256:ab\"}\n");
}

TEST(TextTemplate, JsonOfADotIsTheDocument) {
  EXPECT_EQ(rendered("{{json .}}"), print_json(sample()) + "\n");
}

TEST(TextTemplate, LenCountsElementsAndBytes) {
  EXPECT_EQ(rendered("{{len .layers}} {{len .name}}"), "2 5\n");
}

TEST(TextTemplate, RangeMakesEachElementTheDot) {
  EXPECT_EQ(rendered("{{range .layers}}{{.id}}={{.size}};{{end}}"), "a=1;b=20;\n");
}

TEST(TextTemplate, ADotAloneIsAnElement) {
  EXPECT_EQ(rendered("{{range .words}}<{{.}}>{{end}}"), "<one><two>\n");
}

TEST(TextTemplate, RangeOverNothingTakesTheOtherPart) {
  EXPECT_EQ(rendered("{{range .none}}x{{else}}nothing{{end}}"), "nothing\n");
}

TEST(TextTemplate, IfTakesWhatIsThere) {
  EXPECT_EQ(rendered("{{range .layers}}{{if .base}}{{.base}}{{else}}-{{end}}{{end}}"), "-x\n");
}

TEST(TextTemplate, EmptyNullAndAbsentAreFalse) {
  EXPECT_EQ(rendered("{{if .empty}}1{{end}}{{if .none}}2{{end}}{{if .label}}3{{end}}{{if .no}}4"
                     "{{end}}{{if .size}}5{{end}}"),
            "5\n");
}

TEST(TextTemplate, EscapesAreTabLineAndBackslash) {
  EXPECT_EQ(rendered(R"(a\tb\nc\\d)"), "a\tb\nc\\d\n");
}

TEST(TextTemplate, ALineBreakAtTheEndIsNotDoubled) {
  EXPECT_EQ(rendered(R"({{.name}}\n)"), "app:1\n");
}

TEST(TextTemplate, ControlBytesOfStringsArePrintable) {
  const Json hostile = Json{{"name", "a\x1b[31m"}};
  EXPECT_EQ(TextTemplate::parse("{{.name}}").render(hostile, {}), "a\\x1b[31m\n");
}

TEST(TextTemplate, ATableHasALineARowUnderItsNames) {
  EXPECT_EQ(rendered(R"(table {{.id}}\t{{.size}})", "layers"), "ID  SIZE\na   1\nb   20\n");
}

TEST(TextTemplate, ATableWithoutRowsIsOneLine) {
  EXPECT_EQ(rendered("table {{.name}}"), "NAME\napp:1\n");
}

TEST(TextTemplate, AMissingNameIsAnErrorThatListsTheNamesThere) {
  const Error error = failure_of("{{.image.size}}");
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_STREQ(error.what(), "--format: nothing is called .image.size here");
  EXPECT_EQ(error.hint(), ".image has .digest");
}

TEST(TextTemplate, AListIsNotPrintedBare) {
  EXPECT_THAT(failure_of("{{.words}}").hint(), HasSubstr("{{json .words}}"));
}

TEST(TextTemplate, RangeTakesListsOnly) {
  EXPECT_STREQ(failure_of("{{range .image}}{{end}}").what(),
               "--format: .image is no list but object");
}

TEST(TextTemplate, ARowOfATableIsOneLine) {
  EXPECT_THAT(failure_of(R"(table {{.id}}\n{{.size}})", "layers").what(), HasSubstr("one line"));
}

class OutsideTheSubset : public ::testing::TestWithParam<const char*> {};

TEST_P(OutsideTheSubset, IsRefusedBeforeAnythingIsRendered) {
  try {
    TextTemplate::parse(GetParam());
    FAIL() << "parsed: " << GetParam();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  }
}

INSTANTIATE_TEST_SUITE_P(TextTemplate, OutsideTheSubset,
                         ::testing::Values("{{.name", "{{}}", "{{name}}", "{{.a..b}}",
                                           "{{.a|json}}", "{{.a | json}}", "{{- .a}}", "{{.a -}}",
                                           "{{$.a}}", "{{printf \"%s\" .a}}", "{{index .a 0}}",
                                           "{{/* a */}}", "{{with .a}}{{end}}",
                                           "{{if eq .a 1}}{{end}}", "{{if .a}}",
                                           "{{if .a}}{{else}}", "{{end}}", "{{else}}",
                                           "{{if .a}}{{else}}{{else}}{{end}}", "{{range}}{{end}}",
                                           "{{json}}", "{{len .a .b}}", R"(\x)", R"(a\)"));

}  // namespace
}  // namespace imgops::cli
