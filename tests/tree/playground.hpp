// Trees made by hand and a place to extract them to, with a canary beside it (security T01–T11).
#pragma once

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/tree/extract.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace imgops {

namespace fs = std::filesystem;

// A tree made by hand: each call adds a name, in any order.
class TreeBuilder {
 public:
  TreeBuilder() { directory("").mtime = {1'000'000'000, 5}; }

  InodeFields& directory(const std::string& path, std::uint16_t mode = 0755) {
    return add(path, FileType::directory, mode);
  }
  InodeFields& file(const std::string& path, const std::string& text, std::uint16_t mode = 0644) {
    InodeFields& inode = add(path, FileType::regular, mode);
    index_->texts.push_back(text);
    inode.content.origin = index_.get();
    inode.content.offset_bytes = index_->texts.size() - 1;
    inode.content.size_bytes = text.size();
    inode.content.fingerprint = fingerprint_of(as_bytes(text));
    return inode;
  }
  InodeFields& symlink(const std::string& path, const std::string& target) {
    InodeFields& inode = add(path, FileType::symlink, 0777);
    inode.link_target = index_->keep(target);
    return inode;
  }
  InodeFields& special(const std::string& path, FileType type) { return add(path, type, 0644); }
  void hard_link(const std::string& path, const std::string& target) {
    const auto found = inode_of_.find(target);
    ASSERT_NE(found, inode_of_.end()) << "no target " << target;
    inode_of_.emplace(path, found->second);
  }
  void xattr(InodeFields& inode, const std::string& name, const std::string& value) {
    inode.xattrs = &xattrs_.emplace_back(ExtendedAttributes{{name, value}});
  }
  Tree tree() {
    std::map<const InodeFields*, const Inode*> kept;
    std::vector<Node> nodes;
    for (const auto& [path, fields] : inode_of_) {
      const Inode*& inode = kept[fields];
      if (inode == nullptr) inode = &inodes_.emplace_back(index_->keep(*fields));
      nodes.emplace_back(path, *inode, 0);
    }
    return {nodes, {}};
  }

 private:
  InodeFields& add(const std::string& path, FileType type, std::uint16_t mode) {
    InodeFields& inode = fields_.emplace_back();
    inode.type = type;
    inode.mode = mode;
    inode.uid = ::getuid();
    inode.gid = ::getgid();
    inode.mtime = {1'234'567'890, 123'456'789};
    inode_of_.emplace(path, &inode);
    return inode;
  }

  std::shared_ptr<LayerIndex> index_ = [] {
    auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
    index->origin = Origin::memory;
    return index;
  }();
  std::map<std::string, const InodeFields*, PathLess> inode_of_;
  std::deque<InodeFields> fields_;
  std::deque<Inode> inodes_;
  std::deque<ExtendedAttributes> xattrs_;
};

// A directory for one test: "out" is the destination, "canary" must stay as it is.
class Playground {
 public:
  Playground() {
    std::string name = (fs::temp_directory_path() / "extract-test-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
    fs::create_directory(out());
    fs::create_directory(canary());
    std::ofstream(canary() / "file") << "bird";
    ::chmod((canary() / "file").c_str(), 0640);
    before_ = canary_state();
  }
  ~Playground() {
    std::error_code error;
    fs::remove_all(base_, error);
  }
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;

  fs::path out() const { return base_ / "out"; }
  fs::path canary() const { return base_ / "canary"; }
  bool canary_is_untouched() const { return canary_state() == before_; }

  ExtractResult extract(const Tree& tree, std::string_view path, std::string_view name) const {
    const MemoryBlobs blobs;
    LayerCache cache(blobs, std::nullopt);
    ContentReader contents(cache);
    SilentObserver observer;
    return imgops::extract(tree, path, contents, out(), name, observer);
  }

 private:
  std::string canary_state() const {
    std::ostringstream text;
    for (const fs::path& path : {canary(), canary() / "file"}) {
      const struct stat status = lstat_of(path);
      text << status.st_mode << ' ' << status.st_uid << ' ' << status.st_nlink << ' '
           << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec << ' ' << status.st_size
           << '\n';
    }
    for (const auto& entry : fs::directory_iterator(canary())) text << entry.path() << '\n';
    text << std::ifstream(canary() / "file").rdbuf();
    return text.str();
  }

 public:
  static struct stat lstat_of(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) ADD_FAILURE() << path << " is missing";
    return status;
  }

 private:
  fs::path base_;
  std::string before_;
};

inline std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

template <class Function>
std::optional<ErrorKind> error_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

}  // namespace imgops
