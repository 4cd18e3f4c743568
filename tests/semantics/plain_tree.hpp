// A view of an image as plain values, so that three judges can be compared: the library, the naive
// model and what a story says.
#pragma once

#include "libimgops/base/timestamp.hpp"
#include "tests/support/story.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace imgops::test {

struct PlainNode {
  std::string type;  // file, directory, symlink, character, block, fifo
  bool implied = false;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  Timestamp mtime;
  std::pair<std::uint32_t, std::uint32_t> device;
  std::string target;   // of symlinks
  std::string content;  // of files
  std::map<std::string, std::string> xattrs;
  std::string group;  // the first name, in byte order, of this file
};

// By canonical path; "" is the root and always there.
using PlainTree = std::map<std::string, PlainNode>;

enum class Times : std::uint8_t {
  exact,
  clamped  // `right` was written: its times are those of `left` within 0 … 2^33−1 (M10)
};

// One line a difference; empty when equal. An implied directory's mtime equals any (P02), and
// whether a directory is implied is no difference.
std::vector<std::string> differences(const PlainTree& left, const PlainTree& right, Times times);

// What of `tree` is not as the story says. The root is only compared where the story names it.
std::vector<std::string> differences(const std::vector<story::ExpectedNode>& expected,
                                     const PlainTree& tree);

// For messages: a line a node.
std::string to_text(const PlainTree& tree);
std::string join_lines(const std::vector<std::string>& lines);

}  // namespace imgops::test
