#include "libimgops/dockerfile/go_text.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using Words = std::vector<std::string>;

TEST(GoText, AQuotedListIsReadWithItsEscapes) {
  EXPECT_EQ(parse_quoted_list(R"(["nginx" "-g" "daemon off;"])"),
            (Words{"nginx", "-g", "daemon off;"}));
  EXPECT_EQ(parse_quoted_list(R"(["a\"b\\c\n" "\x00\u00e9\U0001f600" "é"])"),
            (Words{"a\"b\\c\n", std::string("\0é😀", 7), "é"}));
  EXPECT_EQ(parse_quoted_list("[]"), Words{});
}

TEST(GoText, WhatIsNoQuotedListIsNone) {
  for (const std::string_view text : {"", "[", R"(["a")", R"(["a","b"])", R"(["a"] )", R"(["a\q"])",
                                      R"(["\x1"])", R"(["\)", R"(["\Uffffffff"])", "[a]"}) {
    EXPECT_EQ(parse_quoted_list(text), std::nullopt) << text;
  }
}

TEST(GoText, ABareListIsCutAtBlanks) {
  EXPECT_EQ(parse_bare_list("[/data /logs]"), (Words{"/data", "/logs"}));
  EXPECT_EQ(parse_bare_list("/data"), std::nullopt);
}

TEST(GoText, ASetIsItsKeys) {
  EXPECT_EQ(parse_set("map[443/tcp:{} 80/tcp:{}]"), (Words{"443/tcp", "80/tcp"}));
  EXPECT_EQ(parse_set("map[]"), Words{});
  EXPECT_EQ(parse_set("map[a:1]"), std::nullopt);
  EXPECT_EQ(parse_set("map["), std::nullopt);
}

TEST(GoText, ADurationIsNanoseconds) {
  EXPECT_EQ(parse_duration("30s"), 30'000'000'000);
  EXPECT_EQ(parse_duration("1m30s"), 90'000'000'000);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(parse_duration("250ms"), 250'000'000);
  EXPECT_EQ(parse_duration("2h0m0s"), 7'200'000'000'000);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("0"), 0);
}

TEST(GoText, WhatIsNoDurationIsNone) {
  for (const std::string_view text : {"", "s", "5", "5x", "-5s", "9999999999h", "1e3s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(GoText, AHealthCheckIsAsTheConfigurationHasIt) {
  EXPECT_EQ(parse_health_check(R"(&{["CMD" "true"] "5s" "1m30s" "0s" '\x04'})"),
            Json::parse(R"({"Test":["CMD","true"],"Interval":5000000000,
                            "Timeout":90000000000,"Retries":4})"));
}

TEST(GoText, AHealthCheckOfLaterDockersHasAFieldMore) {
  EXPECT_EQ(parse_health_check(R"(&{["CMD" "true"] "0s" "0s" "3s" "1s" '\x00'})"),
            Json::parse(R"({"Test":["CMD","true"],"StartPeriod":3000000000,
                            "StartInterval":1000000000})"));
}

TEST(GoText, RetriesAreTheNumberOfARune) {
  EXPECT_EQ((*parse_health_check(R"(&{["NONE"] "0s" "0s" "0s" '\n'})"))["Retries"], 10);
  EXPECT_EQ((*parse_health_check(R"(&{["NONE"] "0s" "0s" "0s" '\''})"))["Retries"], 39);
  EXPECT_EQ((*parse_health_check(R"(&{["NONE"] "0s" "0s" "0s" 'A'})"))["Retries"], 65);
  EXPECT_EQ((*parse_health_check(R"(&{["NONE"] "0s" "0s" "0s" 'È'})"))["Retries"], 200);
}

TEST(GoText, WhatIsNoHealthCheckIsNone) {
  for (const std::string_view text :
       {"", "&{", R"(&{["a"]})", R"(&{["a"] "1s" "1s" '\x01'})",
        R"(&{["a"] "1s" "1s" "1s" '\x01'} )", R"(&{["a"] "1s" "1s" "x" '\x01'})"}) {
    EXPECT_EQ(parse_health_check(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace imgops
