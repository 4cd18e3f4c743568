// Columns, sizes and cut text.
#include "tools/imgops/table.hpp"

#include <gtest/gtest.h>

namespace imgops::cli {
namespace {

TEST(Table, ColumnsAreAlignedUnderTheirTitles) {
  Table table({{"NAME"}, {"SIZE", Align::right}});
  table.add({"a", "12B"});
  table.add({"longer", "3B"});
  EXPECT_EQ(table.text(), "NAME    SIZE\na        12B\nlonger    3B\n");
}

TEST(Table, LinesAreCutToTheWidth) {
  Table table({{"A"}, {"B"}});
  table.add({"x", "a long instruction"});
  EXPECT_EQ(table.text(10), "A  B\nx  a long…\n");
}

TEST(Table, UntitledColumnsHaveNoHeading) {
  Table table({{""}, {""}});
  table.add({"a", "b"});
  EXPECT_EQ(table.text(), "a  b\n");
}

TEST(Table, CharactersCountNotBytes) {
  EXPECT_EQ(display_width("→é"), 2U);
}

TEST(Table, ColourSequencesTakeNoRoom) {
  EXPECT_EQ(display_width("\x1b[31mD\x1b[0m"), 1U);
}

TEST(HumanSize, IsDecimalWithOneDigit) {
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(human_size(999), "999B");
  EXPECT_EQ(human_size(1500), "1.5kB");
  EXPECT_EQ(human_size(302'000), "302kB");
  EXPECT_EQ(human_size(999'600), "1.0MB");
  EXPECT_EQ(human_size(186'000'000), "186.0MB");
  EXPECT_EQ(human_size(1'234'000'000), "1.2GB");
}

}  // namespace
}  // namespace imgops::cli
