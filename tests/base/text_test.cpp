// Paths, patterns, times, JSON and printable text.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/digest.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/base/timestamp.hpp"

#include <gtest/gtest.h>

#include <string>

namespace imgops {
namespace {

TEST(Path, ADirectoryComesBeforeItsInsideAndThatBeforeItsSiblings) {
  EXPECT_TRUE(compare_paths("a", "a/b") < 0);
  EXPECT_TRUE(compare_paths("a/b", "a-b") < 0);
  EXPECT_TRUE(compare_paths("", "a") < 0);
}

TEST(Path, SpellingsBecomeOne) {
  EXPECT_EQ(canonical_path("./a//b/../c"), "a/c");
  EXPECT_EQ(canonical_path("/"), "");
  EXPECT_EQ(canonical_path("a/../.."), std::nullopt);
}

TEST(Glob, AStarStopsAtASlashAndTwoDoNot) {
  EXPECT_TRUE(matches_glob("*.so", "b.so"));
  EXPECT_FALSE(matches_glob("*.so", "a/b.so"));
  EXPECT_TRUE(matches_glob("**.so", "a/b.so"));
}

TEST(Glob, AHostilePatternTakesNoExponentialTime) {
  EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(Glob, ClassesAndQuotes) {
  EXPECT_TRUE(matches_glob("[a-c]x", "bx"));
  EXPECT_FALSE(matches_glob("[!a-c]x", "bx"));
  EXPECT_TRUE(matches_glob("\\*", "*"));
  EXPECT_FALSE(matches_glob("\\*", "a"));
}

TEST(Timestamp, PrintsWhatItReads) {
  for (const char* text : {"2023-11-14T22:13:20Z", "1969-12-31T23:59:59.5Z"}) {
    const auto time = parse_rfc3339(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_rfc3339(*time), text);
  }
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20+01:00")->seconds,
            parse_rfc3339("2023-11-14T21:13:20Z")->seconds);
  EXPECT_FALSE(parse_rfc3339("2023-02-30T00:00:00Z"));
}

TEST(Json, AKeyTwiceIsRejectedAlsoInAnotherCase) {
  for (const char* text : {R"({"a":1,"a":2})", R"({"layers":1,"Layers":2})"}) {
    try {
      parse_json(text, "test");
      FAIL() << text;
    } catch (const Error& error) {
      ASSERT_NE(error.diagnostic(), nullptr);
      EXPECT_EQ(error.diagnostic()->code, DiagnosticCode::json_keys);
    }
  }
}

TEST(Json, NumbersBeyondSixtyFourBitsAndDeepNestingAreRejected) {
  EXPECT_THROW(parse_json("{\"a\":18446744073709551616}", "test"), Error);
  EXPECT_THROW(parse_json(std::string(65, '[') + std::string(65, ']'), "test"), Error);
  EXPECT_THROW(parse_json("{} {}", "test"), Error);
  EXPECT_THROW(parse_json("\xEF\xBB\xBF{}", "test"), Error);
}

TEST(Json, ManyValuesAreReadAndMoreAreRejected) {
  const auto list = [](std::size_t values) {
    std::string text = "[";
    for (std::size_t i = 2; i < values; ++i) text += "0,";
    return text + "0]";
  };
  EXPECT_EQ(parse_json(list(json_values_limit), "test").size(), json_values_limit - 1);
  EXPECT_THROW(parse_json(list(json_values_limit + 1), "test"), Error);
}

// A search through all keys before each would take minutes.
TEST(Json, AnObjectOfManyKeysIsRead) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 500'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  EXPECT_EQ(parse_json(text + "}", "test").size(), 500'001U);
}

TEST(Json, EveryKindOfValueIsReadAsItIsPrinted) {
  for (const std::string text :
       {R"([])", R"({})", R"([[],{},[{}],{"a":[]}])", R"(null)", R"([true,false,null])",
        R"([0,-1,18446744073709551615,-9223372036854775808,1.5])", R"("a\u0001b")"}) {
    EXPECT_EQ(print_json(parse_json(text, "test")), text);
  }
}

TEST(Json, KeysKeepTheirOrder) {
  EXPECT_EQ(print_json(parse_json(R"({"b":1,"a":{"z":1,"y":2}})", "test")),
            R"({"b":1,"a":{"z":1,"y":2}})");
}

TEST(Printable, ControlsAndDirectionMarksAreEscaped) {
  EXPECT_EQ(printable("a\n\x1b[31m"), "a\\x0a\\x1b[31m");
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("grün"), "grün");
}

TEST(PrintableJson, SaysTheSameWithoutDirectionMarks) {
  const std::string json = "{\n  \"a\u202e\": \"\u009b\x7f gr\u00fcn\"\n}";
  const std::string shown = printable_json(json);
  EXPECT_EQ(shown, "{\n  \"a\\u202e\": \"\\u009b\\u007f gr\u00fcn\"\n}");
  EXPECT_EQ(parse_json(shown, "shown"), parse_json(json, "json"));
}

TEST(Digest, OnlyTheExactGrammarIsADigest) {
  const std::string good = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(Digest::parse(good).to_string(), good);
  for (const std::string& bad :
       {"sha256:" + std::string(64, 'A'), "sha256:" + std::string(63, 'a'),
        std::string("sha256:../../x"), "md5:" + std::string(32, 'a'), std::string()}) {
    EXPECT_FALSE(Digest::try_parse(bad)) << bad;
  }
}

TEST(ChainId, OfOneLayerIsItsDiffId) {
  const DiffId layer{digest_of({})};
  EXPECT_EQ(chain_id(std::span(&layer, 1)), layer.digest);
}

}  // namespace
}  // namespace imgops
