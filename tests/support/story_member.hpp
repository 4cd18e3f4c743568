// The lines of a story that stand for one thing in an archive, or for one node of a view.
#pragma once

#include "tests/support/story.hpp"
#include "tests/support/story_line.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgops::story {

// "file /a "old" mode=0644" and its like, as words. Throw BadStory without a place.
Member parse_member(const std::vector<Word>& words);
ExpectedNode parse_node(const std::vector<Word>& words);

std::int64_t parse_number(std::string_view text, int base = 10);
// "1.5", "-3.000000001", "7".
Timestamp parse_time(std::string_view text);

// The line that parse_member() turns into `member`.
std::string member_text(const Member& member);

}  // namespace imgops::story
