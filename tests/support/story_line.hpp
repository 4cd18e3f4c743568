// The words of one line of a story.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::story {

// Pieces without blanks between them are one word: bare characters, and strings in quotation marks
// with the escapes \n \t \0 \\ \" \xNN, a string repeated by *N behind it. `/d/"x"*256` is one
// word.
struct Word {
  std::string text;
  bool quoted = false;                     // began with a quotation mark
  std::size_t equals = std::string::npos;  // of the first bare '=' before any quoted piece

  bool is_assignment() const { return equals != std::string::npos; }
  std::string key() const { return text.substr(0, equals); }
  std::string value() const { return text.substr(equals + 1); }
};

// Throws BadStory without a place.
std::vector<Word> split_words(std::string_view line);

// `text` as one word that split_words() gives back.
std::string quote(std::string_view text);

}  // namespace imgops::story
