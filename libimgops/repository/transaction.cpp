// The order of a commit is that of the header; docs/repository.md says why each step is where it
// is. What fails before index.json is renamed is taken back. What fails after it cannot undo the
// rename: the names have moved, and the journal makes the next program finish the traces.
#include "libimgops/repository/transaction.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/file_lock.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/repository/journal.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/name_log.hpp"
#include "libimgops/repository/named_digests.hpp"
#include "libimgops/repository/recovery.hpp"
#include "libimgops/repository/sidecar.hpp"
#include "libimgops/store/closure.hpp"

#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace imgops {
namespace {

std::string digest_or_nothing(const std::optional<Digest>& digest) {
  return digest ? digest->to_string() : "nothing";
}

// The entry a name gets. What was said of the target as it bore another name is not said of this
// one.
Descriptor entry_for(const std::string& name, const Descriptor& target) {
  const auto other = target.annotation(annotation_ref_name);
  const Descriptor entry = other && *other != name
                               ? target.with_annotation(annotation_containerd_name, std::nullopt)
                               : target;
  return entry.with_annotation(annotation_ref_name, name);
}

struct Edit {
  std::vector<Descriptor> manifests;
  std::vector<char> changed;  // by number of the move: whether it changes anything
  std::vector<std::optional<Descriptor>> old_entries;  // the same: what was listed before
};

// `listed` with the entries of the names in `numbers` as `wanted` says: the first entry of a name
// is replaced in its place, a new name comes last. Of several entries of one name only the first
// ever counted: the others go.
Edit with_entries(const std::vector<Descriptor>& listed,
                  const std::map<std::string, std::size_t, std::less<>>& numbers,
                  const std::vector<std::optional<Descriptor>>& wanted) {
  Edit edit{{}, std::vector<char>(wanted.size(), 0), {}};
  edit.old_entries.resize(wanted.size());
  edit.manifests.reserve(listed.size() + wanted.size());
  const auto is_seen = [&edit](std::size_t number) { return edit.old_entries[number].has_value(); };
  for (const Descriptor& descriptor : listed) {
    const auto found = numbers.find(descriptor.annotation(annotation_ref_name).value_or(""));
    if (found == numbers.end()) {
      edit.manifests.push_back(descriptor);
      continue;
    }
    const std::size_t number = found->second;
    const bool stays = wanted[number] && !is_seen(number);
    if (stays) edit.manifests.push_back(*wanted[number]);
    if (!stays || wanted[number]->json() != descriptor.json()) edit.changed[number] = 1;
    if (!is_seen(number)) edit.old_entries[number] = descriptor;
  }
  for (std::size_t number = 0; number < wanted.size(); ++number) {
    if (!wanted[number] || is_seen(number)) continue;
    edit.manifests.push_back(*wanted[number]);
    edit.changed[number] = 1;
  }
  return edit;
}

// Blobs were synced when written, the names they were given since were not.
void sync_blob_directories(const std::filesystem::path& layout) {
  const auto blobs = layout / "blobs";
  for (const auto& directory : {blobs / "sha256", blobs / "sha512", blobs}) {
    std::error_code error;
    if (std::filesystem::is_directory(directory, error)) sync_directory(directory);
  }
}

void replace_index(const std::filesystem::path& layout, const std::string& text) {
  NewFile file(layout);
  file.write(as_bytes(text));
  file.publish(layout_index_path(layout), NewFile::Existing::replace);
}

// A damaged log is told while nothing has happened yet.
void require_recordable(const std::filesystem::path& state_directory, const JournalRecord& record) {
  for (const RecordedMove& move : record.moves) require_readable_log(state_directory, move.name);
}

void require_readable_again(const Index& index, const std::filesystem::path& layout) {
  if (index.text().size() <= manifest_limit_bytes) return;
  throw Error(ErrorKind::unsupported, printable(layout.string()) +
                                          ": index.json would be larger than " +
                                          std::to_string(manifest_limit_bytes) + " bytes");
}

// Records the transaction, then makes it happen; when it cannot happen the record is taken back.
void replace_index_recorded(const std::filesystem::path& layout, const JournalRecord& record,
                            const std::string& text) {
  const auto state_directory = state_directory_of(layout);
  try {
    write_record(state_directory, record);
    replace_index(layout, text);
  } catch (const Error&) {
    remove_record(state_directory, record.number);
    throw;
  }
}

// The transaction has happened. A disk too full for its traces is no reason to call it failed: its
// record stays half-way, and who opens the layout next finishes it.
void leave_traces(const std::filesystem::path& state_directory, JournalRecord record) {
  record.state = RecordState::committed;
  try {
    write_record(state_directory, record);
    append_logs(state_directory, record);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input_output) throw;
  }
}

}  // namespace

Transaction::Transaction(Repository& repository, std::string command, Timestamp now)
    : repository_(repository),
      command_(std::move(command)),
      now_(now),
      kind_(RecordKind::operation) {}

void Transaction::move(std::string name, std::optional<Digest> expected, Descriptor target) {
  moves_.push_back({std::move(name), expected, std::move(target)});
}

void Transaction::remove(std::string name, Digest expected) {
  moves_.push_back({std::move(name), expected, std::nullopt});
}

void Transaction::mark(RecordKind kind, std::uint64_t about) {
  kind_ = kind;
  about_ = about;
}

void Transaction::check(const std::vector<NamedDescriptor>& names) const {
  const NamedDigests digests(names);
  std::set<std::string_view> seen;
  for (const Move& move : moves_) {
    const std::string shown = printable(move.name);
    if (!seen.insert(move.name).second) {
      throw Error(ErrorKind::invalid_argument, shown + ": is to move twice at once");
    }
    const auto now = digests.find(move.name);
    if (!now && !is_reference_name(move.name)) {
      throw Error(ErrorKind::invalid_argument, "\"" + shown + "\": cannot be a name in a layout",
                  "letters and digits, joined by one of - . _ : @ + /");
    }
    if (now == move.expected) continue;
    throw Error(ErrorKind::conflict, shown + ": has moved since it was read: expected " +
                                         digest_or_nothing(move.expected) + ", found " +
                                         digest_or_nothing(now));
  }
}

// What each move wants listed, in the order of the moves; nullopt for a name that goes.
std::vector<std::optional<Descriptor>> Transaction::entries() const {
  std::vector<Root> targets;
  for (const Move& move : moves_) {
    if (move.target) targets.push_back({*move.target, printable(move.name)});
  }
  require_closures(repository_.blobs(), targets);
  std::vector<std::optional<Descriptor>> entries;
  for (const Move& move : moves_) {
    if (!move.target) {
      entries.emplace_back(std::nullopt);
      continue;
    }
    entries.emplace_back(entry_for(move.name, *move.target));
  }
  return entries;
}

// The index with all moves made; those that change something are put down in `record`.
Index Transaction::edited(const Index& before, JournalRecord& record) const {
  std::map<std::string, std::size_t, std::less<>> numbers;
  for (std::size_t move = 0; move < moves_.size(); ++move) numbers.emplace(moves_[move].name, move);
  const std::vector<std::optional<Descriptor>> wanted = entries();
  Edit edit = with_entries(before.manifests(), numbers, wanted);
  for (std::size_t move = 0; move < moves_.size(); ++move) {
    if (edit.changed[move] == 0) continue;
    RecordedMove recorded{moves_[move].name, moves_[move].expected, std::nullopt,
                          std::move(edit.old_entries[move])};
    if (wanted[move]) recorded.new_digest = wanted[move]->digest();
    record.moves.push_back(std::move(recorded));
  }
  return before.with_manifests(std::move(edit.manifests));
}

JournalRecord Transaction::new_record() const {
  JournalRecord record;
  record.command = command_;
  record.when = to_rfc3339(now_);
  record.kind = kind_;
  record.about = about_;
  return record;
}

std::uint64_t Transaction::commit() {
  const auto& layout = repository_.path();
  if (!repository_.is_writable()) {
    throw Error(ErrorKind::input_output, printable(layout.string()) + ": is read-only");
  }
  const auto state_directory = repository_.state_directory();
  prepare_sidecar(state_directory);
  const FileLock lock(lock_path(state_directory), LockKind::exclusive);
  recover_under_lock(layout);

  const Index before = repository_.index();
  check(names_of(before));
  JournalRecord record = new_record();
  const Index after = edited(before, record);
  if (record.moves.empty() && record.kind == RecordKind::operation) return 0;
  require_recordable(state_directory, record);
  require_readable_again(after, layout);

  const auto last = last_record(state_directory);
  record.number = last ? last->number + 1 : 1;
  sync_blob_directories(layout);
  replace_index_recorded(layout, record, after.text());
  sync_directory(layout);
  leave_traces(state_directory, record);
  return record.number;
}

std::vector<LogEntry> read_log(const Repository& repository, std::string_view name) {
  const auto state_directory = repository.state_directory();
  if (judge_sidecar(state_directory) != SidecarState::usable) return {};
  return read_log_file(state_directory, name);
}

}  // namespace imgops
