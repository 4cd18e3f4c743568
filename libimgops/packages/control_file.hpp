// Paragraphs of fields, as dpkg, apt and debconf keep them. Source: deb-control(5), deb822(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A field with its continuation lines, as it stands in the file.
class ControlField {
 public:
  // `text` ends with a line break; its first `name_bytes` bytes are the name (0: a comment line).
  ControlField(std::string text, std::size_t name_bytes)
      : text_(std::move(text)), name_bytes_(name_bytes) {}
  // A field made anew: "name: value" and a line break; `value` may hold continuation lines.
  static ControlField make(std::string_view name, std::string_view value);

  std::string_view name() const noexcept { return std::string_view(text_).substr(0, name_bytes_); }
  // Without blanks at both ends; inner line breaks and the blank that starts each line stay.
  std::string_view value() const noexcept;
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  std::size_t name_bytes_;
};

struct Paragraph {
  std::vector<ControlField> fields;  // in the file's order; names unique, whatever their case
  std::string separator;             // the blank lines behind it; may be empty for the last

  // Null when absent. Names of fields know no case.
  const ControlField* find(std::string_view name) const noexcept;
  std::string_view value(std::string_view name) const noexcept;  // empty when absent
};

bool is_same_field_name(std::string_view left, std::string_view right) noexcept;

// print(parse(x)) is x, but for a line break at the end that x lacks.
struct ControlFile {
  std::string opening;  // blank lines before the first paragraph
  std::vector<Paragraph> paragraphs;

  // Throws Error(corrupt), naming the line, for what is no field, a field given twice in a
  // paragraph, a byte of 0, more than 500 fields of a paragraph or half a million of the file.
  static ControlFile parse(std::string_view text);
  std::string print() const;
};

}  // namespace imgops
