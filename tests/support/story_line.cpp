#include "tests/support/story_line.hpp"

#include "tests/support/story.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace imgops::story {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  char take() {
    if (at_end()) throw BadStory("line ends inside a string");
    return text_[at_++];
  }
  bool skip(char wanted) {
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_blank(char character) {
  return character == ' ' || character == '\t';
}

char hexadecimal_byte(Cursor& cursor) {
  const char digits[2] = {cursor.take(), cursor.take()};
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
  if (error != std::errc{} || end != digits + 2) throw BadStory("\\x wants two digits");
  return static_cast<char>(value);
}

char escaped(Cursor& cursor) {
  const char kind = cursor.take();
  switch (kind) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case 'x':
      return hexadecimal_byte(cursor);
    case '\\':
    case '"':
      return kind;
    default:
      throw BadStory(fmt::format("unknown escape \\{}", kind));
  }
}

std::size_t repetitions(Cursor& cursor) {
  if (!cursor.skip('*')) return 1;
  std::string digits;
  while (cursor.peek() >= '0' && cursor.peek() <= '9') digits += cursor.take();
  if (digits.empty()) throw BadStory("* wants a number");
  return std::stoul(digits);
}

std::string quoted_piece(Cursor& cursor) {
  std::string piece;
  for (char character = cursor.take(); character != '"'; character = cursor.take()) {
    piece += character == '\\' ? escaped(cursor) : character;
  }
  std::string text;
  for (std::size_t count = repetitions(cursor); count > 0; --count) text += piece;
  return text;
}

Word take_word(Cursor& cursor) {
  Word word;
  word.quoted = cursor.peek() == '"';
  bool all_bare = true;
  while (!cursor.at_end() && !is_blank(cursor.peek())) {
    if (cursor.skip('"')) {
      all_bare = false;
      word.text += quoted_piece(cursor);
      continue;
    }
    // "=" alone is a word of its own, no assignment.
    if (cursor.peek() == '=' && all_bare && !word.is_assignment() && !word.text.empty()) {
      word.equals = word.text.size();
    }
    word.text += cursor.take();
  }
  return word;
}

}  // namespace

std::vector<Word> split_words(std::string_view line) {
  std::vector<Word> words;
  Cursor cursor(line);
  for (;;) {
    while (is_blank(cursor.peek())) cursor.take();
    if (cursor.at_end()) return words;
    words.push_back(take_word(cursor));
  }
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      quoted += '\\';
      quoted += character;
    } else if (byte < 0x20 || byte >= 0x7F) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += character;
    }
  }
  return quoted + "\"";
}

}  // namespace imgops::story
