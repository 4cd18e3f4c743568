#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgops::cli {
namespace {

bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// Where the colour sequence that begins at `at` ends; `at` itself when none does.
std::size_t skip_colour(std::string_view text, std::size_t at) noexcept {
  if (text.substr(at, 2) != "\x1b[") return at;
  const std::size_t end = text.find('m', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::string padded(std::string_view cell, std::size_t width, Align align) {
  const std::size_t shown = display_width(cell);
  const std::string blanks(width > shown ? width - shown : 0, ' ');
  return align == Align::left ? std::string(cell) + blanks : blanks + std::string(cell);
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t end = skip_colour(text, at); end != at) {
      at = end;
      continue;
    }
    if (!is_continuation(text[at])) ++width;
    ++at;
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t at = 0;
  for (std::size_t shown = 0; at < text.size(); ++at) {
    if (is_continuation(text[at])) continue;
    if (shown + 1 >= width) break;
    ++shown;
  }
  const std::string_view end = text.find('\x1b') == std::string_view::npos ? "…" : "…\x1b[0m";
  return std::string(text.substr(0, at)) + std::string(end);
}

void Table::add(std::vector<std::string> cells) {
  rows_.push_back({std::move(cells), {}});
}

void Table::add_line(std::string line) {
  rows_.push_back({{}, std::move(line)});
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const Row& row : rows_) {
    for (std::size_t at = 0; at < row.cells.size(); ++at) {
      widths[at] = std::max(widths[at], display_width(row.cells[at]));
    }
  }
  return widths;
}

std::string Table::text(std::optional<std::size_t> width) const {
  const std::vector<std::size_t> widths = this->widths();
  std::string result;
  const auto add_row = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      if (at != 0) line += "  ";
      line += padded(cell_at(at), widths[at], columns_[at].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += width ? shorten(line, *width) : line;
    result += '\n';
  };
  if (std::ranges::any_of(columns_, [](const Column& column) { return !column.title.empty(); })) {
    add_row([&](std::size_t at) -> std::string_view { return columns_[at].title; });
  }
  for (const Row& row : rows_) {
    if (row.cells.empty()) {
      result += row.line + "\n";
      continue;
    }
    add_row([&](std::size_t at) -> std::string_view {
      return at < row.cells.size() ? std::string_view(row.cells[at]) : std::string_view();
    });
  }
  return result;
}

std::string human_size(std::uint64_t bytes) {
  static constexpr auto units =
      std::to_array<std::string_view>({"kB", "MB", "GB", "TB", "PB", "EB"});
  if (bytes < 1000) return fmt::format("{}B", bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1000; value >= (unit == 0 ? 999.5 : 999.95) && unit + 1 < units.size(); ++unit) {
    value /= 1000;
  }
  if (unit == 0 && value >= 99.95) return fmt::format("{:.0f}kB", value);
  return fmt::format("{:.1f}{}", value, units[unit]);
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace imgops::cli
