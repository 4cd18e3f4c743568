// A walk without recursion over lstat, readlink and the l*xattr calls. The names of a directory are
// sorted before they are visited, and a directory comes right before what is inside it: that is the
// order of compare_paths(), whatever the file system answers. Files are opened only when the layer
// is written.
#include "libimgops/layer/host_scan.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/findings.hpp"
#include "libimgops/tar/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace imgops {
namespace {

std::shared_ptr<LayerIndex> make_index() {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::host_files;
  return index;
}

// Lists names or reads a value: both calls tell the size first, and both may find it grown since.
template <class Call>
std::optional<std::string> read_attribute(const std::string& file, const Call& call) {
  while (true) {
    const ssize_t size = call(nullptr, 0);
    if (size >= 0) {
      std::string text(static_cast<std::size_t>(size), '\0');
      if (size == 0) return text;
      const ssize_t count = call(text.data(), text.size());
      if (count >= 0) {
        text.resize(static_cast<std::size_t>(count));
        return text;
      }
    }
    if (errno == ERANGE) continue;
    if (errno == ENOTSUP || errno == ENODATA) return std::nullopt;  // none, or gone meanwhile
    throw_system_error(printable(file));
  }
}

std::string read_link(const std::string& file) {
  std::string target(limits::path_write_bytes + 1, '\0');
  const ssize_t count = readlink(file.c_str(), target.data(), target.size());
  if (count < 0) throw_system_error(printable(file));
  target.resize(static_cast<std::size_t>(count));
  return target;
}

class HostScanner {
 public:
  HostScanner(const HostScanOptions& options, Observer& observer)
      : options_(options), observer_(observer), index_(make_index()) {}

  // What is inside `directory`, below `destination`.
  void scan_inside(const std::filesystem::path& directory, std::string_view destination) {
    std::vector<Place> places = children(directory, destination);  // a stack: the next one last
    while (!places.empty()) {
      const Place place = std::move(places.back());
      places.pop_back();
      if (!add(place.file, place.path)) continue;
      std::vector<Place> inner = children(place.file, place.path);
      std::move(inner.begin(), inner.end(), std::back_inserter(places));
    }
  }

  // True for a directory.
  bool add(const std::filesystem::path& file, std::string_view path) {
    const std::string name = file.string();
    struct stat status {};
    if (lstat(name.c_str(), &status) != 0) {
      if (errno == ENOENT) throw Error(ErrorKind::not_found, printable(name) + ": no such file");
      throw_system_error(printable(name));
    }
    if (S_ISSOCK(status.st_mode)) {
      report(observer_, DiagnosticCode::socket, DiagnosticLevel::warning, "M17", path,
             "socket left out");
      return false;
    }
    EntryFields entry = describe(name, status, path);
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1) join_group(status, entry);
    if (entry.kind == EntryKind::file && S_ISREG(status.st_mode)) {
      entry.inode.content = content_of(file, status);
    }
    index_->entries.push_back(index_->keep(entry));
    return S_ISDIR(status.st_mode);
  }

  std::shared_ptr<const LayerIndex> take() && { return std::move(index_); }

 private:
  struct Place {
    std::filesystem::path file;
    std::string path;  // inside the image
  };

  // Last name first.
  std::vector<Place> children(const std::filesystem::path& directory,
                              std::string_view destination) const {
    std::vector<Place> places;
    std::error_code failure;
    std::filesystem::directory_iterator at(directory, failure);
    for (; !failure && at != std::filesystem::directory_iterator(); at.increment(failure)) {
      places.push_back({at->path(), join(destination, at->path().filename().string())});
    }
    if (failure) {
      const bool absent = failure == std::errc::no_such_file_or_directory;
      throw Error(absent ? ErrorKind::not_found : ErrorKind::input_output,
                  printable(directory.string()) + ": " + failure.message());
    }
    std::sort(places.begin(), places.end(), [](const Place& left, const Place& right) {
      return compare_paths(left.path, right.path) > 0;
    });
    return places;
  }

  EntryFields describe(const std::string& file, const struct stat& status, std::string_view path) {
    EntryFields entry;
    entry.path = index_->keep(path);
    InodeFields& inode = entry.inode;
    inode.type = type_of(file, status.st_mode);
    inode.mode = static_cast<std::uint16_t>(status.st_mode & 07777U);
    if (options_.mode && S_ISREG(status.st_mode)) inode.mode = *options_.mode;
    inode.uid = options_.uid.value_or(status.st_uid);
    inode.gid = options_.gid.value_or(status.st_gid);
    inode.mtime = {status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
    if (options_.latest_mtime && inode.mtime > Timestamp{*options_.latest_mtime, 0}) {
      inode.mtime = {*options_.latest_mtime, 0};
    }
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
      inode.device = {major(status.st_rdev), minor(status.st_rdev)};
    }
    if (S_ISLNK(status.st_mode)) inode.link_target = index_->keep(read_link(file));
    inode.xattrs = index_->keep(xattrs_of(file, path));
    return entry;
  }

  static FileType type_of(const std::string& file, mode_t mode) {
    switch (mode & S_IFMT) {
      case S_IFREG:
        return FileType::regular;
      case S_IFDIR:
        return FileType::directory;
      case S_IFLNK:
        return FileType::symlink;
      case S_IFCHR:
        return FileType::character_device;
      case S_IFBLK:
        return FileType::block_device;
      case S_IFIFO:
        return FileType::fifo;
      default:
        break;
    }
    throw Error(ErrorKind::unsupported, printable(file) + ": a kind of file no archive can hold");
  }

  // As a view keeps them; security labels belong to this host and go without a word (M07).
  ExtendedAttributes xattrs_of(const std::string& file, std::string_view path) {
    const std::string names = read_attribute(file, [&](char* buffer, std::size_t size) {
                                return llistxattr(file.c_str(), buffer, size);
                              }).value_or(std::string());
    ExtendedAttributes xattrs;
    for (std::size_t at = 0; at < names.size();) {
      const std::string name(names.c_str() + at);
      at += name.size() + 1;
      if (name == "security.selinux" || is_for_overlay(name, path)) continue;
      std::optional<std::string> value = read_attribute(file, [&](char* buffer, std::size_t size) {
        return lgetxattr(file.c_str(), name.c_str(), buffer, size);
      });
      if (value && is_storable(name, *value, path)) xattrs.push_back({name, std::move(*value)});
    }
    std::sort(xattrs.begin(), xattrs.end());
    return xattrs;
  }

  bool is_for_overlay(const std::string& name, std::string_view path) {
    if (!name.starts_with("trusted.") && !name.starts_with("user.overlay.")) return false;
    report(observer_, DiagnosticCode::xattr_overlay, DiagnosticLevel::warning, "M06", path,
           "xattr \"" + name + "\" left out");
    return true;
  }

  // A pax record without a value unsets its key, and a key ends at the first "=" (M02).
  bool is_storable(const std::string& name, const std::string& value, std::string_view path) {
    if (!value.empty() && name.find('=') == std::string::npos) return true;
    report(observer_, DiagnosticCode::xattr_foreign, DiagnosticLevel::warning, "M05", path,
           "xattr \"" + name + "\" left out: no archive can hold it");
    return false;
  }

  // The first name of an inode is the file, later ones are links to it.
  void join_group(const struct stat& status, EntryFields& entry) {
    const auto [at, inserted] =
        first_names_.try_emplace({status.st_dev, status.st_ino}, entry.path);
    if (inserted) return;
    entry.kind = EntryKind::hard_link;
    entry.link_path = at->second;
  }

  Content content_of(const std::filesystem::path& file, const struct stat& status) {
    Content content;
    content.size_bytes = static_cast<std::uint64_t>(status.st_size);
    if (content.size_bytes == 0) return content;
    content.origin = index_.get();
    content.offset_bytes = index_->host_files.size();
    index_->host_files.push_back(file);
    return content;
  }

  const HostScanOptions& options_;
  Observer& observer_;
  std::shared_ptr<LayerIndex> index_;
  std::map<std::pair<dev_t, ino_t>, KeptText> first_names_;  // by device and inode
};

// A name that begins with ".wh." would be read as a marker (W12).
void refuse_marker_names(const LayerIndex& index) {
  for (const LayerEntry& entry : index.entries) {
    const std::string_view path = entry.path;
    if (!path.starts_with(".wh.") && path.find("/.wh.") == std::string_view::npos) continue;
    throw Error(ErrorKind::conflict,
                printable(path) + ": a name that begins with \".wh.\" would be a whiteout");
  }
}

}  // namespace

std::shared_ptr<const LayerIndex> scan_directory(const std::filesystem::path& directory,
                                                 std::string_view destination,
                                                 const HostScanOptions& options,
                                                 Observer& observer) {
  HostScanner scanner(options, observer);
  scanner.scan_inside(directory, destination);
  std::shared_ptr<const LayerIndex> index = std::move(scanner).take();
  refuse_marker_names(*index);
  return index;
}

std::shared_ptr<const LayerIndex> scan_file(const std::filesystem::path& file,
                                            std::string_view destination,
                                            const HostScanOptions& options, Observer& observer) {
  HostScanner scanner(options, observer);
  scanner.add(file, destination);
  std::shared_ptr<const LayerIndex> index = std::move(scanner).take();
  refuse_marker_names(*index);
  return index;
}

}  // namespace imgops
