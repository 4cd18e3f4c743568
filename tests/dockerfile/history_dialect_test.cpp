#include "libimgops/dockerfile/history_dialect.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using Words = std::vector<std::string>;

HistoryDialect dialect_of(std::string_view created_by, std::string_view comment = {}) {
  return read_history_text(created_by, comment).dialect;
}

TEST(HistoryDialect, TwoBlanksBehindTheMarkerAreTheClassicBuilders) {
  EXPECT_EQ(dialect_of("/bin/sh -c #(nop)  ENV A=b"), HistoryDialect::classic);
}

TEST(HistoryDialect, OneBlankBehindTheMarkerIsBuildahs) {
  EXPECT_EQ(dialect_of("/bin/sh -c #(nop) ENV A=b"), HistoryDialect::buildah);
}

TEST(HistoryDialect, ACommentThatNamesAnImageIsBuildahs) {
  EXPECT_EQ(dialect_of("/bin/sh -c make", "FROM 0a1b2c3d4e5f"), HistoryDialect::buildah);
  EXPECT_EQ(dialect_of("/bin/sh -c make"), HistoryDialect::classic);
}

TEST(HistoryDialect, BuildKitSaysSoInTextOrComment) {
  EXPECT_EQ(dialect_of("RUN /bin/sh -c make # buildkit"), HistoryDialect::buildkit);
  EXPECT_EQ(dialect_of("CMD [\"a\"]", "buildkit.dockerfile.v0"), HistoryDialect::buildkit);
}

TEST(HistoryDialect, AnInstructionAloneIsPlain) {
  EXPECT_EQ(dialect_of("CMD [\"a\"]"), HistoryDialect::plain);
}

TEST(HistoryDialect, TextOfNoBuilderIsNone) {
  EXPECT_EQ(dialect_of("debootstrap"), HistoryDialect::none);
  EXPECT_EQ(dialect_of("/bin/sh -c #(nop) something"), HistoryDialect::none);
}

TEST(HistoryText, KeepsBlanksInsideAndBehindTheArguments) {
  EXPECT_EQ(read_history_text("/bin/sh -c #(nop)  ENV A=b  c\t ").arguments, "A=b  c\t ");
}

TEST(HistoryText, KeepsLineBreaks) {
  EXPECT_EQ(read_history_text("ENV A=b\nc", "buildkit.dockerfile.v0").arguments, "A=b\nc");
}

TEST(HistoryText, KeepsBuildArguments) {
  const Words expected{"A=b", "C=d e"};
  EXPECT_EQ(read_history_text("|2 A=b C=d e /bin/sh -c make").build_arguments, expected);
  EXPECT_EQ(read_history_text("RUN |2 A=b C=d e /bin/sh -c make # buildkit").build_arguments,
            expected);
}

TEST(HistoryText, AMarkerBehindAnUnknownShellIsFound) {
  const auto instruction = read_history_text("/usr/bin/python3 -c #(nop)  USER 1");
  EXPECT_EQ(instruction.keyword, "USER");
  EXPECT_EQ(instruction.arguments, "1");
}

TEST(HistoryText, AMarkerInsideACommandIsText) {
  EXPECT_EQ(read_history_text("/bin/sh -c echo #(nop) USER 1").keyword, "RUN");
  EXPECT_EQ(read_history_text("tool #(nop) nothing").keyword, "");
}

}  // namespace
}  // namespace imgops
