#include "libimgops/packages/control_file.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <set>

namespace imgops {
namespace {

constexpr std::size_t most_fields = 500'000;
// Templates of debconf have one a language; comparing paragraphs takes the square of it.
constexpr std::size_t most_fields_of_paragraph = 500;
constexpr std::string_view blanks = " \t\r\n";

char lower(char character) noexcept {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                              : character;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char character) { return lower(character); });
  return result;
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(blanks) == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ControlFile run() {
    if (text_.find('\0') != std::string_view::npos) {
      throw Error(ErrorKind::corrupt, "paragraphs: a byte of 0");
    }
    while (!text_.empty()) read_line();
    end_field();
    return std::move(file_);
  }

 private:
  void read_line() {
    const std::size_t end = std::min(text_.find('\n'), text_.size() - 1);
    std::string line(text_.substr(0, end + 1));
    text_.remove_prefix(end + 1);
    ++line_number_;
    if (!line.ends_with('\n')) line += '\n';
    if (is_blank_line(line)) return add_blank(line);
    if (line.front() == ' ' || line.front() == '\t') return add_continuation(line);
    end_field();
    begin_paragraph();
    if (++field_count_ > most_fields || names_.size() >= most_fields_of_paragraph) {
      fail("too many fields");
    }
    field_text_ = std::move(line);
    if (field_text_.front() == '#') {
      name_bytes_ = 0;
      names_.insert(std::to_string(line_number_));  // counts like a field, and like no other
      return end_field();
    }
    name_bytes_ = field_text_.find(':');
    const std::string_view name =
        std::string_view(field_text_).substr(0, std::min(name_bytes_, field_text_.size()));
    if (name_bytes_ == std::string::npos || name.empty() ||
        name.find_first_of(blanks) != std::string_view::npos) {
      fail("a line that is no field");
    }
    if (!names_.insert(lower(name)).second) fail("a field given twice");
  }

  void add_blank(const std::string& line) {
    end_field();
    is_inside_ = false;
    (file_.paragraphs.empty() ? file_.opening : file_.paragraphs.back().separator) += line;
  }

  void add_continuation(const std::string& line) {
    if (field_text_.empty()) fail("a continuation of no field");
    field_text_ += line;
  }

  void begin_paragraph() {
    if (is_inside_) return;
    is_inside_ = true;
    names_.clear();
    file_.paragraphs.emplace_back();
  }

  void end_field() {
    if (field_text_.empty()) return;
    file_.paragraphs.back().fields.emplace_back(std::move(field_text_), name_bytes_);
    field_text_.clear();
  }

  [[noreturn]] void fail(const char* what) const {
    throw Error(ErrorKind::corrupt,
                "line " + std::to_string(line_number_) + " of paragraphs: " + what);
  }

  std::string_view text_;
  ControlFile file_;
  std::string field_text_;  // of the field under way; empty: none
  std::size_t name_bytes_ = 0;
  std::set<std::string> names_;  // of the paragraph, in lower case
  bool is_inside_ = false;
  std::size_t line_number_ = 0;
  std::size_t field_count_ = 0;
};

}  // namespace

ControlField ControlField::make(std::string_view name, std::string_view value) {
  std::string text(name);
  text += ':';
  if (!value.empty() && value.front() != '\n') text += ' ';
  text += value;
  text += '\n';
  return {std::move(text), name.size()};
}

std::string_view ControlField::value() const noexcept {
  if (name_bytes_ == 0) return {};
  const std::string_view rest = std::string_view(text_).substr(name_bytes_ + 1);
  const std::size_t begin = std::min(rest.find_first_not_of(blanks), rest.size());
  return rest.substr(begin, rest.find_last_not_of(blanks) + 1 - begin);
}

const ControlField* Paragraph::find(std::string_view name) const noexcept {
  for (const ControlField& field : fields) {
    if (is_same_field_name(field.name(), name)) return &field;
  }
  return nullptr;
}

std::string_view Paragraph::value(std::string_view name) const noexcept {
  const ControlField* const field = find(name);
  return field == nullptr ? std::string_view() : field->value();
}

bool is_same_field_name(std::string_view left, std::string_view right) noexcept {
  return std::ranges::equal(left, right,
                            [](char one, char other) { return lower(one) == lower(other); });
}

ControlFile ControlFile::parse(std::string_view text) {
  return Parser(text).run();
}

std::string ControlFile::print() const {
  std::string text = opening;
  for (std::size_t at = 0; at < paragraphs.size(); ++at) {
    for (const ControlField& field : paragraphs[at].fields) text += field.text();
    const bool is_last = at + 1 == paragraphs.size();
    const bool is_missing = paragraphs[at].separator.empty() && !is_last;
    text += is_missing ? "\n" : paragraphs[at].separator;
  }
  return text;
}

}  // namespace imgops
