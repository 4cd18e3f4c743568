#include "libimgops/ops/patch_refusals.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/resolve.hpp"

#include <string>
#include <unordered_set>

namespace imgops {
namespace {

bool is_directory(const Node* node) {
  return node != nullptr && node->inode()->type() == FileType::directory;
}

class Judge {
 public:
  Judge(const Tree& tree, const LayerIndex& source, std::string_view subject)
      : tree_(tree), source_(source), subject_(subject) {}

  void run() {
    for (const LayerEntry& entry : source_.entries) {
      const bool is_plain_directory =
          entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory;
      if (!is_plain_directory) others_.insert(std::string_view(entry.path));
    }
    for (const LayerEntry& entry : source_.entries) judge(entry);
  }

 private:
  [[noreturn]] void refuse(std::string_view path, std::string_view reason) const {
    throw Error(ErrorKind::conflict,
                std::string(subject_) + ": /" + printable(path) + ": " + std::string(reason));
  }

  void judge(const LayerEntry& entry) const {
    const std::string_view path = entry.path;
    if (entry.kind() == EntryKind::whiteout || entry.kind() == EntryKind::opaque) {
      refuse(path, "a patch holds no whiteouts");
    }
    for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
      if (others_.contains(at)) refuse(path, "lies behind a file or link of the patch itself");
    }
    if (path.empty()) {
      if (entry.inode.type() != FileType::directory) refuse(path, "would replace the root");
      return;
    }
    const Node* const there = tree_.find(real_path(tree_, path));
    const Node* const behind = resolve(tree_, path, LastComponent::follow);
    if (entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory) {
      if (there != nullptr && !is_directory(behind)) {
        refuse(path, "a directory would replace a file");
      }
      return judge_parent(path);
    }
    if (is_directory(there)) refuse(path, "would replace a directory by a file");
    if (is_directory(behind) && !is_same_link(entry, *there)) {
      refuse(path, "would replace a link to a directory");
    }
    judge_parent(path);
  }

  static bool is_same_link(const LayerEntry& entry, const Node& there) {
    return entry.kind() == EntryKind::file && entry.inode.type() == FileType::symlink &&
           entry.inode.link_target() == std::string_view(there.inode()->link_target());
  }

  // What stands above it in the image must be directories, or links to directories.
  void judge_parent(std::string_view path) const {
    for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
      const Node* const behind = resolve(tree_, at, LastComponent::follow);
      if (is_directory(behind)) return;
      if (tree_.find(real_path(tree_, at)) != nullptr) {
        refuse(path, "its directory is a file or a link that leads to none in the image");
      }
    }
  }

  const Tree& tree_;
  const LayerIndex& source_;
  std::string_view subject_;
  std::unordered_set<std::string_view> others_;  // all that is no directory
};

}  // namespace

void refuse_unsafe_patch(const Tree& tree, const LayerIndex& source, std::string_view subject) {
  Judge(tree, source, subject).run();
}

}  // namespace imgops
