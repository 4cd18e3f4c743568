// Nodes come by path, so a stack of open directories follows them; what lies deep is reopened from
// the destination and must be the directory it was. Files get their metadata at once, directories
// when all is there, deepest first, so that their times stay and a read-only one can be filled.
// What did not exist before is made under a temporary name and renamed. Files whose archive would
// be decoded again from an earlier place stay empty until all others are there, and are filled in
// the order of the archives.
#include "libimgops/tree/extract.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tree/file_maker.hpp"
#include "libimgops/tree/file_metadata.hpp"
#include "libimgops/tree/final_name.hpp"
#include "libimgops/tree/rooted_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr std::size_t most_open_directories = 32;

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
}

class DescriptorSink final : public Sink {
 public:
  DescriptorSink(int descriptor, std::string_view path, const std::stop_token& stop)
      : descriptor_(descriptor), path_(path), stop_(stop) {}
  void write(ByteView bytes) override {
    check_stop(stop_);
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw_system_error(path_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

 private:
  int descriptor_;
  std::string_view path_;
  const std::stop_token& stop_;
};

void check_lengths(std::span<const Node> nodes) {
  for (const Node& node : nodes) {
    if (node.path().size() <= limits::path_write_bytes &&
        file_name(node.path()).size() <= limits::component_write_bytes) {
      continue;
    }
    throw Error(ErrorKind::conflict, printable(node.path()) + ": name too long to write (N09)");
  }
}

// Makes nodes below one directory, and unmakes them again.
class Extraction {
 public:
  // The node `base` becomes `top`, a name in `root`, called `shown` in messages.
  Extraction(const RootedDirectory& root, std::string_view base, std::string top,
             std::string_view shown, ContentReader& contents, const std::stop_token& stop)
      : root_(root),
        base_(base),
        top_(std::move(top)),
        shown_(shown),
        contents_(contents),
        stop_(stop) {}

  void make(const Node& node) {
    const Place place{parent_of(node.path()), std::string(last_name(node.path())),
                      shown(node.path())};
    if (node.inode()->type() == FileType::directory) {
      make_directory_node(node, place);
      return;
    }
    if (!link_to_first(node, place)) make_first(node, place);
  }

  void fill_waiting() {
    stack_.clear();
    std::ranges::sort(waiting_, {}, [](const Waiting& one) {
      const Content& content = one.inode->content();
      return std::pair(one.layer_number, content.offset_bytes);
    });
    for (const Waiting& one : waiting_) {
      const FirstName& first = first_names_.at(one.inode);
      const FileDescriptor parent = reopen(made_directory(parent_path(first.path)));
      const Place place{parent.get(), std::string(last_name(first.path)), shown(first.path)};
      const FileDescriptor descriptor = reopen_file(place, first.id);
      fill(descriptor.get(), *one.inode, place);
    }
    waiting_.clear();
  }

  void finish_directories() {
    stack_.clear();
    for (finished_from_ = directories_.size(); finished_from_ > 0;) {
      const Directory& directory = directories_[--finished_from_];
      // One that nobody described stays as it was found (P02).
      if (directory.inode->implied() && directory.origin == DirectoryOrigin::found) continue;
      const FileDescriptor descriptor = reopen(directory);
      set_metadata(descriptor.get(), Opened::as_file, *directory.inode, shown(directory.path),
                   left_out_);
    }
  }

  // Removes what was made, as far as it is still there: runs while an error is on its way, which
  // another one must not replace.
  void remove_all() noexcept {
    stack_.clear();
    open_for_removal();
    while (!made_.empty()) {
      const std::string_view path = made_.back();
      made_.pop_back();
      try {
        const FileDescriptor parent = root_.open(host_parent(path));
        const std::string name(last_name(path));
        if (::unlinkat(parent.get(), name.c_str(), 0) != 0 && errno == EISDIR) {
          ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
        }
      } catch (const std::exception&) {
        continue;  // gone or moved by somebody else: no longer ours to remove
      }
    }
  }

  // Whether there is a top of ours: not when it was there before, nor for a device left out.
  bool made_top() const { return !made_.empty() && made_.front() == base_; }
  const ExtractResult& result() const { return result_; }
  const LeftOut& left_out() const { return left_out_; }

 private:
  struct Directory {
    std::string_view path;  // of the node
    const Inode* inode;
    FileId id;
    DirectoryOrigin origin;
  };
  struct Frame {
    std::size_t directory;      // in directories_
    FileDescriptor descriptor;  // none while too many are open
  };
  struct FirstName {
    std::string_view path;
    FileId id;
  };
  struct Waiting {
    const Inode* inode;
    std::uint32_t layer_number;
  };

  // Where a node goes, relative to the destination; for now, and in the end.
  std::string host(std::string_view path) const { return below(top_, path); }
  std::string shown(std::string_view path) const { return below(shown_, path); }
  std::string below(std::string_view top, std::string_view path) const {
    if (path == base_) return std::string(top);
    return join(top, base_.empty() ? path : path.substr(base_.size() + 1));
  }
  std::string host_parent(std::string_view path) const {
    return path == base_ ? std::string() : host(parent_path(path));
  }
  std::string_view last_name(std::string_view path) const {
    return path == base_ ? std::string_view(top_) : file_name(path);
  }

  FileDescriptor reopen(const Directory& directory) const {
    FileDescriptor descriptor = root_.open(host(directory.path));
    const std::string path = shown(directory.path);
    if (file_id(descriptor.get(), path) == directory.id) return descriptor;
    throw Error(ErrorKind::conflict, printable(path) + ": another directory took its place");
  }

  int parent_of(std::string_view path) {
    if (path == base_) return root_.descriptor();
    const std::string_view parent = parent_path(path);
    while (directories_[stack_.back().directory].path != parent) stack_.pop_back();
    Frame& frame = stack_.back();
    if (!frame.descriptor) frame.descriptor = reopen(directories_[frame.directory]);
    return frame.descriptor.get();
  }

  void make_directory_node(const Node& node, const Place& place) {
    OpenDirectory made = make_directory(place);
    if (made.origin == DirectoryOrigin::made) made_.push_back(node.path());
    directories_.push_back({node.path(), node.inode(), made.id, made.origin});
    if (stack_.size() >= most_open_directories) {
      stack_[stack_.size() - most_open_directories].descriptor = FileDescriptor();
    }
    stack_.push_back({directories_.size() - 1, std::move(made.descriptor)});
  }

  // Nodes come by path, so their directories lie sorted.
  const Directory& made_directory(std::string_view path) const {
    return *std::lower_bound(directories_.begin(), directories_.end(), path,
                             [](const Directory& directory, std::string_view wanted) {
                               return compare_paths(directory.path, wanted) < 0;
                             });
  }

  bool link_to_first(const Node& node, const Place& place) {
    const auto first = first_names_.find(node.inode());
    if (first == first_names_.end()) return false;
    const std::string_view path = first->second.path;
    const FileDescriptor descriptor = reopen(made_directory(parent_path(path)));
    const Place from{descriptor.get(), std::string(file_name(path)), shown(path)};
    if (make_hard_link(from, place, first->second.id) == LinkResult::impossible) return false;
    made_.push_back(node.path());
    ++result_.files;
    return true;
  }

  void make_first(const Node& node, const Place& place) {
    const Inode& inode = *node.inode();
    FileDescriptor descriptor;
    Opened opened = Opened::as_path;
    switch (inode.type()) {
      case FileType::regular:
        descriptor = make_file(place);
        opened = Opened::as_file;
        break;
      case FileType::symlink:
        descriptor = make_symlink(place, inode.link_target());
        break;
      default:
        descriptor = make_special_file(place, inode);
        break;
    }
    if (!descriptor) {
      ++left_out_.devices;
      return;
    }
    made_.push_back(node.path());
    first_names_.insert_or_assign(&inode,
                                  FirstName{node.path(), file_id(descriptor.get(), place.path)});
    ++result_.files;
    if (opened == Opened::as_path) {
      set_metadata(descriptor.get(), opened, inode, place.path, left_out_);
    } else if (node.path() != base_ && contents_.begins_again(inode.content())) {
      waiting_.push_back({&inode, node.layer_number()});
    } else {
      fill(descriptor.get(), inode, place);
    }
  }

  void fill(int descriptor, const Inode& inode, const Place& place) {
    if (inode.content().size_bytes > 0) {
      DescriptorSink sink(descriptor, place.path, stop_);
      copy_named(inode.content(), sink, place.path);
      result_.bytes += inode.content().size_bytes;
    }
    set_metadata(descriptor, Opened::as_file, inode, place.path, left_out_);
  }

  // Directories that have their modes already must be writable again, from the top down.
  void open_for_removal() noexcept {
    if (finished_from_ >= directories_.size()) return;
    for (const Directory& directory : directories_) {
      if (directory.origin == DirectoryOrigin::found) continue;
      try {
        const FileDescriptor parent = root_.open(host_parent(directory.path));
        const FileDescriptor made(::openat(parent.get(),
                                           std::string(last_name(directory.path)).c_str(),
                                           O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
        if (made && file_id(made.get(), directory.path) == directory.id) {
          ::chmod(("/proc/self/fd/" + std::to_string(made.get())).c_str(), 0700);
        }
      } catch (const std::exception&) {
        continue;  // as in remove_all()
      }
    }
  }

  void copy_named(const Content& content, Sink& sink, const std::string& path) const {
    try {
      contents_.copy(content, sink);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;  // the disk's errors have the path already
      throw error.within(printable(path));
    }
  }

  const RootedDirectory& root_;
  std::string_view base_;
  std::string top_;
  std::string_view shown_;
  ContentReader& contents_;
  const std::stop_token& stop_;
  std::vector<Directory> directories_;    // by path
  std::size_t finished_from_ = SIZE_MAX;  // directories_ from here have metadata
  std::vector<Frame> stack_;
  std::vector<std::string_view> made_;                       // in order
  std::unordered_map<const Inode*, FirstName> first_names_;  // of files already there
  std::vector<Waiting> waiting_;                             // empty as yet
  ExtractResult result_;
  LeftOut left_out_;
};

void finish_top(const Extraction& extraction, const RootedDirectory& root, const std::string& from,
                const std::string& to, FileType type, Existing existing) {
  if (extraction.made_top()) {
    rename_complete(root, from, to, type, existing);
  } else if (type == FileType::directory) {
    throw Error(ErrorKind::conflict, printable(to) + ": changed while being written");
  }
}

// Second names count as if they were files: the end is reached in any case.
std::uint64_t body_bytes(std::span<const Node> nodes) {
  std::uint64_t bytes = 0;
  for (const Node& node : nodes) {
    if (node.inode()->type() == FileType::regular) bytes += node.inode()->content().size_bytes;
  }
  return bytes;
}

void check_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos ||
      name.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::invalid_argument, "\"" + printable(name) + "\" is no name for a file");
  }
}

}  // namespace

ExtractResult extract(const Tree& tree, std::string_view path, ContentReader& contents,
                      const std::filesystem::path& destination, std::string_view name,
                      Observer& observer, const std::stop_token& stop) {
  check_name(name);
  const auto nodes = tree.subtree(path);
  if (nodes.empty() || nodes.front().path() != path) {
    throw Error(ErrorKind::not_found, "/" + printable(path) + ": not in the image");
  }
  check_lengths(nodes);
  const RootedDirectory root(destination);
  const std::string final_name(name);
  const FileType type = nodes.front().inode()->type();
  const Existing existing = existing_type(root, final_name);
  if (existing == Existing::directory && type != FileType::directory) {
    throw Error(ErrorKind::conflict, printable(name) + ": is a directory already");
  }
  const bool in_place = existing == Existing::directory;
  const std::string top = in_place ? final_name : temporary_name(root);
  Extraction extraction(root, nodes.front().path(), top, final_name, contents, stop);
  const std::uint64_t total = body_bytes(nodes);
  std::uint64_t done = 0;
  try {
    for (const Node& node : nodes) {
      check_stop(stop);
      extraction.make(node);
      if (node.inode()->type() != FileType::regular) continue;
      done += node.inode()->content().size_bytes;
      observer.progress("write", name, done, total);
    }
    extraction.fill_waiting();
    extraction.finish_directories();
    if (!in_place) finish_top(extraction, root, top, final_name, type, existing);
  } catch (...) {
    extraction.remove_all();
    throw;
  }
  ExtractResult result = extraction.result();
  result.owners_left_out = extraction.left_out().owners;
  result.devices_left_out = extraction.left_out().devices;
  result.xattrs_left_out = extraction.left_out().xattrs;
  return result;
}

}  // namespace imgops
