// Files of ours that go where a link of theirs leads, which stands in the place of their directory.
// Private to the room.
#pragma once

#include "libimgops/base/path.hpp"
#include "libimgops/tree/tree.hpp"

#include <map>
#include <string>
#include <string_view>

namespace imgops {

// What stands in `tree` in the place of the lowest directory above `path` that it has, when that is
// a link; else null. And how that is told.
const Node* link_above(const Tree& tree, std::string_view path);
std::string link_reason(const Node& link);

class MovedFiles {
 public:
  // `file` has its new path; it and `path`, what it was, outlive this.
  void add(std::string_view path, const Node* file) {
    files_[path] = targets_[file->path()] = file;
  }
  // What stood at `path` stays there after all.
  void forget(std::string_view path) {
    const auto file = files_.find(path);
    if (file == files_.end()) return;
    targets_.erase(file->second->path());
    files_.erase(file);
  }

  // The file that went to `target`, or null.
  const Node* find(std::string_view target) const {
    const auto file = targets_.find(target);
    return file == targets_.end() ? nullptr : file->second;
  }
  // By what they were.
  const std::map<std::string_view, const Node*, PathLess>& files() const noexcept { return files_; }

 private:
  std::map<std::string_view, const Node*, PathLess> files_;
  std::map<std::string_view, const Node*, PathLess> targets_;
};

}  // namespace imgops
