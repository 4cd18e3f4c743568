// The second judge: the union of layers as docs/semantics.md states it, in the simplest form that
// can be read beside it. Each layer is unpacked alone into a map of its own, then merged onto the
// map below as the kernel's overlay merges directories. Slow on purpose; shares no code with the
// engine.
#pragma once

#include "tests/semantics/plain_tree.hpp"
#include "tests/support/story.hpp"

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace imgops::naive {

// The stack has no view: the first reason, and the codes of all reasons the layer gives.
struct Rejected : std::runtime_error {
  Rejected(std::string code_text, std::string row_text, const std::string& path_text)
      : std::runtime_error(code_text + " " + row_text + " /" + path_text),
        code(std::move(code_text)),
        row(std::move(row_text)),
        path(path_text),
        codes{code} {}
  std::string code;
  std::string row;
  std::string path;
  std::set<std::string> codes;
};

// One file; names that share it are hard links.
struct File {
  char type = '5';  // '0' file, '2' symlink, '3' '4' devices, '5' directory, '6' fifo
  bool implied = false;
  std::int64_t mode = 0755;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  Timestamp mtime;
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::string target;
  std::string content;
  std::map<std::string, std::string> xattrs;
};

// Canonical paths; "" is the root.
using Names = std::map<std::string, std::shared_ptr<File>>;

// The view of no layer: an implied root.
Names empty_view();
// `lower` with one layer on top; `lower` and its files stay as they are. Throws Rejected.
Names apply_layer(const Names& lower, const std::vector<story::Member>& members);
Names union_of(const std::vector<story::Layer>& layers);

test::PlainTree to_plain(const Names& view);

}  // namespace imgops::naive
