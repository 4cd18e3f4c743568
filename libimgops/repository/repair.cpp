// Each remedy takes the locks it needs and looks again before it acts: between the check and the
// repair other programs were free to work.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/file_lock.hpp"
#include "libimgops/repository/check.hpp"
#include "libimgops/repository/check_contents.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/lease.hpp"
#include "libimgops/repository/recovery.hpp"
#include "libimgops/repository/sidecar.hpp"
#include "libimgops/repository/transaction.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace imgops {
namespace {

constexpr std::uint64_t log_limit_bytes = 256ULL << 20;

class Repairer {
 public:
  Repairer(const std::filesystem::path& layout, const std::string& command, Timestamp now)
      : layout_(layout),
        state_directory_(state_directory_of(layout)),
        command_(command),
        now_(now) {
    prepare_sidecar(state_directory_);
  }

  bool mend(Fault& fault) {
    switch (fault.remedy) {
      case Remedy::none:
        return false;
      case Remedy::remove_file:
        return remove_file(fault.path);
      case Remedy::remove_blob:
        return remove_blob(*fault.digest);
      case Remedy::settle_transaction:
        recover_transactions(layout_);
        return true;
      case Remedy::cut_line:
        return cut_line(fault.path);
      case Remedy::drop_repeated_names:
        return drop_repeated_names(fault);
    }
    return false;
  }

 private:
  FileLock lock() const { return {lock_path(state_directory_), LockKind::exclusive}; }
  FileLock sweeping() const { return {sweeping_lock_path(state_directory_), LockKind::exclusive}; }

  // What is among the blobs goes only while no writer is at work, a lease only when its writer is
  // gone; anything else is written under the lock alone.
  bool remove_file(const std::filesystem::path& path) const {
    const FileLock names = lock();
    const FileLock blobs = sweeping();
    const Leases leases = read_leases(state_directory_);
    const bool is_lease = path.parent_path() == lease_directory(state_directory_);
    if (is_lease && std::ranges::find(leases.abandoned, path) == leases.abandoned.end()) {
      return false;
    }
    const bool is_among_blobs = path.parent_path().parent_path() == layout_ / "blobs";
    if (is_among_blobs && leases.has_writers) return false;
    return ::unlink(path.c_str()) == 0 || errno == ENOENT;
  }

  // Wrong bytes are never what anybody needs, but a writer that just found the name taken counts on
  // it.
  bool remove_blob(const Digest& digest) const {
    const FileLock names = lock();
    const FileLock blobs = sweeping();
    if (read_leases(state_directory_).digests.contains(digest)) return false;
    const LayoutBlobs stored(layout_);
    SilentObserver silent;
    if (stored.find(digest) == nullptr) return true;
    if (digest_of_stored(stored, digest, silent) == digest) return false;
    return ::unlink(stored.path_of(digest).c_str()) == 0;
  }

  bool cut_line(const std::filesystem::path& path) const {
    const FileLock names = lock();
    const std::string text = read_file(path, log_limit_bytes).value_or(std::string());
    const std::size_t end = text.rfind('\n');
    const std::size_t whole = end == std::string::npos ? 0 : end + 1;
    if (whole != text.size()) write_file_atomically(path, std::string_view(text).substr(0, whole));
    return true;
  }

  // A transaction that moves the name to where it stands: it leaves one entry.
  bool drop_repeated_names(Fault& fault) const {
    Repository repository(layout_);
    const std::vector<NamedDescriptor> names = repository.names();
    const NamedDescriptor* const found = find_name(names, fault.subject);
    if (found == nullptr) return true;
    try {
      Transaction transaction(repository, command_, now_);
      transaction.move(fault.subject, found->descriptor.digest(), found->descriptor);
      transaction.commit();
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) throw;
      fault.reason += std::string("; not repaired, since ") + error.what();
      return false;
    }
  }

  std::filesystem::path layout_;
  std::filesystem::path state_directory_;
  std::string command_;
  Timestamp now_;
};

}  // namespace

void repair_layout(const std::filesystem::path& layout, CheckReport& report,
                   const std::string& command, Timestamp now) {
  const bool has_work = std::ranges::any_of(
      report.faults, [](const Fault& fault) { return fault.remedy != Remedy::none; });
  if (!has_work) return;
  Repairer repairer(layout, command, now);
  for (Fault& fault : report.faults) fault.is_mended = repairer.mend(fault);
}

}  // namespace imgops
