#include "libimgops/repository/repository.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/lease.hpp"
#include "libimgops/repository/recovery.hpp"
#include "libimgops/repository/sidecar.hpp"
#include "libimgops/repository/transaction.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace imgops {
namespace {

// A reader without the right to write reads on: names are right whatever the journal says.
bool may_recover(const std::filesystem::path& layout) {
  const auto state_directory = state_directory_of(layout);
  if (judge_sidecar(state_directory) != SidecarState::usable) return false;
  for (const auto& directory : {layout, state_directory, journal_directory(state_directory),
                                log_directory(state_directory)}) {
    if (!is_writable_directory(directory)) return false;
  }
  const auto lock = lock_path(state_directory);
  return ::faccessat(AT_FDCWD, lock.c_str(), F_OK, AT_EACCESS) != 0 ||
         ::faccessat(AT_FDCWD, lock.c_str(), W_OK, AT_EACCESS) == 0;
}

}  // namespace

std::vector<NamedDescriptor> names_of(const Index& index) {
  std::vector<NamedDescriptor> names;
  std::set<std::string, std::less<>> seen;
  for (const Descriptor& descriptor : index.manifests()) {
    auto name = descriptor.annotation(annotation_ref_name);
    if (!name || name->empty() || !seen.insert(*name).second) continue;
    names.push_back({*std::move(name), descriptor});
  }
  return names;
}

const Descriptor* find_name(const Index& index, std::string_view name) {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find_if(index.manifests(), [name](const Descriptor& listed) {
    return listed.annotation(annotation_ref_name) == name;
  });
  return found == index.manifests().end() ? nullptr : &*found;
}

const NamedDescriptor* find_name(std::span<const NamedDescriptor> names, std::string_view name) {
  const auto found = std::ranges::find(names, name, &NamedDescriptor::name);
  return found == names.end() ? nullptr : &*found;
}

// The last one read, whose text says whether it is still right.
struct Repository::KnownIndex {
  std::mutex mutex;
  std::optional<Index> index;
};

std::shared_ptr<Repository::KnownIndex> Repository::nothing_known() {
  return std::make_shared<KnownIndex>();
}

Repository::Repository(std::filesystem::path layout)
    : path_(std::move(layout)), blobs_(path_, std::make_shared<Lease>(state_directory_of(path_))) {
  require_layout(path_);
  static_cast<void>(index());  // an unreadable index is told now, not at the first use
  if (may_recover(path_) && needs_recovery(state_directory())) recover_transactions(path_);
}

void Repository::initialise(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(directory, error)) &&
      !std::filesystem::is_empty(directory, error)) {
    throw Error(ErrorKind::conflict, printable(directory.string()) + ": is there and not empty");
  }
  make_directories(directory / "blobs" / "sha256");
  write_file_atomically(layout_index_path(directory), Index::empty().text());
  // Last, since a directory without it is no layout yet.
  write_file_atomically(layout_marker_path(directory), layout_marker_text);
}

std::optional<std::filesystem::path> Repository::discover(const std::filesystem::path& start) {
  std::error_code error;
  std::filesystem::path directory = std::filesystem::absolute(start, error).lexically_normal();
  if (error) return std::nullopt;
  while (true) {
    if (std::filesystem::is_regular_file(layout_marker_path(directory), error)) return directory;
    const auto parent = directory.parent_path();
    if (parent == directory || parent.empty()) return std::nullopt;
    directory = parent;
  }
}

bool Repository::is_writable() const {
  return is_writable_directory(path_);
}

Index Repository::index() const {
  std::string text = read_layout_index_text(path_);
  const std::scoped_lock lock(known_index_->mutex);
  auto& known = known_index_->index;
  if (!known || known->text() != text) known = parse_layout_index(path_, std::move(text));
  return *known;
}

}  // namespace imgops
