// Text for people: aligned columns, sizes, signs. Source: command-line §11.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

// Rows under a heading, two blanks between columns. Cells are printable already; colour sequences
// in them take no room.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells);
  // A line across all columns, as it is.
  void add_line(std::string line);
  bool empty() const noexcept { return rows_.empty(); }
  std::size_t size() const noexcept { return rows_.size(); }
  // With `width`, the last column is shortened so that lines fit.
  std::string text(std::optional<std::size_t> width = {}) const;

 private:
  std::vector<std::size_t> widths() const;
  struct Row {
    std::vector<std::string> cells;
    std::string line;  // when there are no cells
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// Characters shown; colour sequences count nothing.
std::size_t display_width(std::string_view text) noexcept;
// At most `width` characters, an ellipsis in place of what is cut.
std::string shorten(std::string_view text, std::size_t width);

// "0B", "156B", "8.9kB", "302kB", "186.0MB", "1.2GB".
std::string human_size(std::uint64_t bytes);
// "1 layer", "7 layers".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace imgops::cli
