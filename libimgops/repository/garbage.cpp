// Under the lock of the names: settle the last transaction, read index and past, mark, shorten the
// past, then remove blobs in batches. So a blob leaves the lists before it leaves the disk. Each
// batch is removed under the sweeping lock, after a look at the leases and at index.json, which
// programs that do not know our lock may have written meanwhile: then all is marked anew.
#include "libimgops/repository/garbage.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/file_lock.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/lease.hpp"
#include "libimgops/repository/leftovers.hpp"
#include "libimgops/repository/past.hpp"
#include "libimgops/repository/reach.hpp"
#include "libimgops/repository/recovery.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {
namespace {

// So many blobs go while writers wait.
constexpr std::size_t batch_size = 256;
constexpr int most_disturbances = 10;
// Removing can take minutes, and writers wait one for the lock: it is given up between turns.
constexpr std::chrono::seconds longest_turn{5};
constexpr std::chrono::milliseconds pause{50};

void remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_system_error(path.string());
}

// What index.json says must be on the disk before what it does not need leaves it: another program
// may have written it, and not synced.
void sync_index(const std::filesystem::path& layout) {
  const auto path = layout_index_path(layout);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) throw_system_error(path.string());
  sync_directory(layout);
}

class Collector {
 public:
  Collector(Repository& repository, const GarbageOptions& options, Timestamp now,
            const std::stop_token& stop)
      : layout_(repository.path()),
        state_directory_(repository.state_directory()),
        blobs_(repository.blobs()),
        options_(options),
        stop_(stop),
        cutoff_nanoseconds_((now.seconds - options.grace.count()) * 1'000'000'000 +
                            now.nanoseconds) {
    if (!options.reflog_expire) return;
    past_cutoff_ = {now.seconds - options.reflog_expire->count(), now.nanoseconds};
  }

  void list() {
    look();
    mark();
    for (const Garbage& garbage : expired_past()) add(garbage);
    const Leases leases = usable() ? read_leases(state_directory_) : Leases();
    for (const Leftover& leftover : find_leftovers(layout_, listing_)) {
      if (leftover.is_among_blobs && leases.has_writers) continue;
      add_leftover(leftover.path, freed_with(leftover.path));
    }
    for (const auto& path : leases.abandoned) add_leftover(path, 0);
    for (const Leftover& cache : unneeded_caches()) add_cache(cache);
    for (const StoredBlob& blob : dead_) {
      leases.digests.contains(blob.digest) ? spare(blob)
                                           : add_blob(blob, freed_with(path_of(blob)));
    }
  }

  void remove() {
    for (int disturbances = 0; disturbances < most_disturbances;) {
      const Sweep ended = remove_under_lock();
      if (ended == Sweep::complete) return;
      if (ended == Sweep::disturbed) ++disturbances;
      std::this_thread::sleep_for(pause);
    }
    throw Error(ErrorKind::conflict, printable(layout_.string()) +
                                         ": index.json keeps changing, nothing more is removed");
  }

  enum class Sweep : std::uint8_t { complete, disturbed, out_of_time };

  Sweep remove_under_lock() {
    const FileLock lock(lock_path(state_directory_), LockKind::exclusive);
    recover_under_lock(layout_);
    look();
    mark();
    shorten_past();
    sync_index(layout_);
    remove_leftovers();
    return sweep();
  }

  GarbageReport take() { return std::move(report_); }

 private:
  bool usable() const { return judge_sidecar(state_directory_) == SidecarState::usable; }
  std::filesystem::path path_of(const StoredBlob& blob) const {
    return blobs_.path_of(blob.digest);
  }
  std::string within_layout(const std::filesystem::path& path) const {
    return path.lexically_relative(layout_).string();
  }

  // The index is identified before it is read and the blobs are listed before the leases are read:
  // what appears later is then noticed, or not among the dead.
  void look() {
    index_file_ = identify(layout_index_path(layout_));
    past_ = read_past(state_directory_);
    past_.require_sound();
    listing_ = list_blobs(layout_);
  }

  void mark() {
    reach_.emplace(blobs_);
    const Index index = read_layout_index(layout_);
    for (const Descriptor& listed : index.manifests()) {
      check_stop();
      reach_->add(listed);
    }
    add_past();
    if (!reach_->unreadable().empty()) {
      throw Error(ErrorKind::corrupt,
                  reach_->unreadable().front().message + ", so what it needs is unknown",
                  "imgops fsck tells what refers to it");
    }
    reach_->add_referrers(listing_.blobs);
    dead_.clear();
    report_.spared_count = report_.spared_bytes = 0;
    for (const StoredBlob& blob : listing_.blobs) {
      // What is no file is no blob of anybody's; fsck names it.
      if (!blob.is_regular || reach_->contains(blob.digest)) continue;
      blob.changed_nanoseconds <= cutoff_nanoseconds_ ? dead_.push_back(blob) : spare(blob);
    }
  }

  void add_past() {
    expired_.clear();
    const auto add_move = [&](const PastMove& move) {
      for (const Digest& digest : move.digests) {
        if (is_expired(move, past_cutoff_)) {
          expired_.insert(digest);
        } else {
          reach_->add(digest);
        }
      }
    };
    for (const PastLog& log : past_.logs) std::ranges::for_each(log.moves, add_move);
    for (const PastRecord& record : past_.records) {
      if (!record.is_dropped) add_move(record.move);
    }
  }

  std::vector<Garbage> expired_past() const {
    std::vector<Garbage> expired;
    for (const PastLog& log : past_.logs) {
      const std::size_t count = count_expired(log, past_cutoff_);
      if (count == 0) continue;
      std::uint64_t bytes = 0;
      for (std::size_t line = 0; line < count; ++line) bytes += log.lines[line].size();
      expired.push_back({GarbageKind::log, log.name,
                         fmt::format("{} line{} expired", count, count == 1 ? "" : "s"), bytes});
    }
    for (std::size_t number = 0; number < count_expired(past_.records, past_cutoff_); ++number) {
      const PastRecord& record = past_.records[number];
      expired.push_back(
          {GarbageKind::record, within_layout(record.path), "expired", record.size_bytes});
    }
    return expired;
  }

  void shorten_past() {
    const std::vector<Garbage> expired = expired_past();
    for (const PastLog& log : past_.logs) {
      const std::size_t count = count_expired(log, past_cutoff_);
      if (count == 0) continue;
      std::string text;
      for (std::size_t line = count; line < log.lines.size(); ++line) text += log.lines[line];
      write_file_atomically(log.path, text);
    }
    // The oldest first: what is left of the journal is without gaps at any moment.
    for (std::size_t number = 0; number < count_expired(past_.records, past_cutoff_); ++number) {
      remove_file(past_.records[number].path);
    }
    for (const Garbage& garbage : expired) add(garbage);
  }

  std::vector<Leftover> unneeded_caches() const {
    if (!has_cache(layout_)) return {};
    return find_unneeded_caches(layout_, reach_->diff_ids(), cutoff_nanoseconds_);
  }

  void remove_leftovers() {
    const std::vector<Leftover> leftovers = find_leftovers(layout_, listing_);
    const FileLock sweeping(sweeping_lock_path(state_directory_), LockKind::exclusive);
    const Leases leases = read_leases(state_directory_);
    for (const Leftover& leftover : leftovers) {
      if (leftover.is_among_blobs && leases.has_writers) continue;
      const std::uint64_t freed_bytes = freed_with(leftover.path);
      remove_file(leftover.path);
      add_leftover(leftover.path, freed_bytes);
    }
    for (const auto& path : leases.abandoned) {
      remove_file(path);
      add_leftover(path, 0);
    }
    for (const Leftover& cache : unneeded_caches()) {
      std::error_code error;  // a reader may be adding to it: then it stays until the next time
      std::filesystem::remove_all(cache.path, error);
      if (!error) add_cache(cache);
    }
  }

  // Disturbed when index.json is not the one that was marked from.
  Sweep sweep() {
    const auto end_of_turn = std::chrono::steady_clock::now() + longest_turn;
    for (std::size_t begin = 0; begin < dead_.size(); begin += batch_size) {
      check_stop();
      if (std::chrono::steady_clock::now() >= end_of_turn) return Sweep::out_of_time;
      const FileLock sweeping(sweeping_lock_path(state_directory_), LockKind::exclusive);
      if (identify(layout_index_path(layout_)) != index_file_) return Sweep::disturbed;
      const Leases leases = read_leases(state_directory_);
      const std::size_t end = std::min(begin + batch_size, dead_.size());
      for (std::size_t number = begin; number < end; ++number) {
        const StoredBlob& blob = dead_[number];
        if (leases.digests.contains(blob.digest) || identify(path_of(blob)) != blob.file) {
          spare(blob);
          continue;
        }
        const std::uint64_t freed_bytes = freed_with(path_of(blob));
        remove_file(path_of(blob));
        add_blob(blob, freed_bytes);
      }
    }
    return Sweep::complete;
  }

  void add(Garbage garbage) { report_.removed.push_back(std::move(garbage)); }
  // The bytes that come free with a name: none while the file has others, as blobs have that
  // several layouts share (decision 0023). What a dry run has listed counts as gone.
  std::uint64_t freed_with(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return 0;
    const bool is_gone = options_.disposal == Disposal::remove || status.st_nlink == 1;
    const nlink_t listed = is_gone ? 1 : ++listed_names_[status.st_ino];
    return status.st_nlink == listed ? static_cast<std::uint64_t>(status.st_size) : 0;
  }
  void add_blob(const StoredBlob& blob, std::uint64_t freed_bytes) {
    std::string why =
        expired_.contains(blob.digest) ? "only an expired move leads to it" : "nothing leads to it";
    if (freed_bytes < blob.file.size_bytes) why += "; other names keep its bytes";
    add({GarbageKind::blob, blob.digest.to_string(), std::move(why), freed_bytes});
  }
  void add_leftover(const std::filesystem::path& path, std::uint64_t freed_bytes) {
    add({GarbageKind::leftover, within_layout(path), "left by a killed program", freed_bytes});
  }
  void add_cache(const Leftover& cache) {
    add({GarbageKind::cache, within_layout(cache.path), "its layer is gone", cache.size_bytes});
  }
  void spare(const StoredBlob& blob) {
    ++report_.spared_count;
    report_.spared_bytes += blob.file.size_bytes;
  }
  void check_stop() const {
    if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
  }

  std::filesystem::path layout_;
  std::filesystem::path state_directory_;
  const LayoutBlobs& blobs_;
  GarbageOptions options_;
  std::stop_token stop_;
  std::int64_t cutoff_nanoseconds_;
  std::optional<Timestamp> past_cutoff_;

  std::optional<FileIdentity> index_file_;
  Past past_;
  BlobListing listing_;
  std::optional<Reach> reach_;
  std::unordered_set<Digest> expired_;
  std::vector<StoredBlob> dead_;
  std::unordered_map<ino_t, nlink_t> listed_names_;  // of files with several
  GarbageReport report_;
};

}  // namespace

std::string_view name(GarbageKind kind) noexcept {
  switch (kind) {
    case GarbageKind::blob:
      return "blob";
    case GarbageKind::log:
      return "log";
    case GarbageKind::record:
      return "record";
    case GarbageKind::cache:
      return "cache";
    case GarbageKind::leftover:
      return "leftover";
  }
  return "";
}

GarbageReport collect_garbage(Repository& repository, const GarbageOptions& options, Timestamp now,
                              const std::stop_token& stop) {
  Collector collector(repository, options, now, stop);
  if (options.disposal == Disposal::list) {
    collector.list();
    return collector.take();
  }
  const auto state_directory = repository.state_directory();
  if (!repository.is_writable()) {
    throw Error(ErrorKind::input_output, printable(repository.path().string()) + ": is read-only");
  }
  prepare_sidecar(state_directory);
  collector.remove();
  return collector.take();
}

}  // namespace imgops
