// Paragraphs: what is read is printed as it was.
#include "libimgops/packages/control_file.hpp"

#include "libimgops/base/error.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

TEST(ControlFile, ItIsPrintedByteForByteAsItWasRead) {
  const std::string text =
      "\nPackage: a\nVERSION:1\n# a comment\nDescription: one\n two\n .\n\tthree\n\n\nPackage:b \n\n";
  EXPECT_EQ(ControlFile::parse(text).print(), text);
}

TEST(ControlFile, ALastLineWithoutBreakGetsOne) {
  EXPECT_EQ(ControlFile::parse("Package: a").print(), "Package: a\n");
}

TEST(ControlFile, NamesOfFieldsKnowNoCase) {
  const ControlFile file = ControlFile::parse("PACKAGE: a\n");
  EXPECT_EQ(file.paragraphs.at(0).value("package"), "a");
}

TEST(ControlFile, ValuesHaveNoBlanksAroundThemAndKeepTheirLines) {
  const ControlFile file = ControlFile::parse("Conffiles:\n /etc/a 1\n /etc/b 2\n");
  EXPECT_EQ(file.paragraphs.at(0).value("Conffiles"), "/etc/a 1\n /etc/b 2");
}

TEST(ControlFile, ParagraphsWithoutBlankLinesBetweenAreKeptApartWhenPrinted) {
  ControlFile file = ControlFile::parse("A: 1\n");
  file.paragraphs.push_back(file.paragraphs.front());
  EXPECT_EQ(file.print(), "A: 1\n\nA: 1\n");
}

TEST(ControlFile, WhatIsNoFieldIsCorruptAndItsLineNamed) {
  for (const char* text : {"A: 1\nno field\n", "A: 1\na b: 2\n", "A: 1\n: 2\n", "A: 1\na: 2\n"}) {
    try {
      ControlFile::parse(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt);
      EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
    }
  }
}

TEST(ControlFile, AContinuationOfNoFieldIsCorrupt) {
  EXPECT_THROW(ControlFile::parse(" a\n"), Error);
  EXPECT_THROW(ControlFile::parse("A: 1\n\n b\n"), Error);
}

TEST(ControlFile, ParagraphsOfThousandsOfFieldsAreRefused) {
  std::string text;
  for (int at = 0; at < 5000; ++at) text += "F" + std::to_string(at) + ": 1\n";
  EXPECT_THROW(ControlFile::parse(text), Error);
}

}  // namespace
}  // namespace imgops
