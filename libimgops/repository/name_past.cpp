#include "libimgops/repository/name_past.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/repository/journal.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// What index.json said of `name` before the transaction that moved it away from `digest`.
std::optional<Descriptor> recorded_entry(const Repository& repository, const NameMove& away,
                                         std::string_view name, const Digest& digest) {
  if (away.transaction == 0) return std::nullopt;
  const auto record = find_record(repository.state_directory(), away.transaction);
  if (!record) return std::nullopt;
  const auto move = std::ranges::find(record->moves, name, &RecordedMove::name);
  if (move == record->moves.end() || !move->old_entry) return std::nullopt;
  if (move->old_entry->digest() != digest) return std::nullopt;
  return move->old_entry;
}

std::string counted_moves(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " move" : " moves");
}

[[noreturn]] void fail_beyond(const std::string& subject, const std::string& shown,
                              std::uint64_t count) {
  if (count == 0) {
    throw Error(ErrorKind::not_found, subject + ": there is no such name and no log of one");
  }
  throw Error(ErrorKind::not_found, subject + ": there are " + counted_moves(count) + " only",
              "the oldest is " + shown + "@{" + std::to_string(count - 1) + "}");
}

}  // namespace

NamePast::NamePast(const Repository& repository, std::string_view name, std::optional<Digest> now)
    : expected_(now) {
  const auto state_directory = repository.state_directory();
  if (judge_sidecar(state_directory) == SidecarState::usable) log_.emplace(state_directory, name);
}

std::optional<NameMove> NamePast::next() {
  if (!log_entry_ && log_) log_entry_ = log_->next();
  if (!log_entry_) {
    // Before the log began: where the name was found then came from another program.
    if (!expected_) return std::nullopt;
    return NameMove{std::nullopt, std::exchange(expected_, std::nullopt), {}, {}, 0};
  }
  if (log_entry_->new_digest != expected_) {
    return NameMove{
        log_entry_->new_digest, std::exchange(expected_, log_entry_->new_digest), {}, {}, 0};
  }
  const LogEntry entry = *std::exchange(log_entry_, std::nullopt);
  expected_ = entry.old_digest;
  return NameMove{entry.old_digest, entry.new_digest, entry.when, entry.command, entry.transaction};
}

Descriptor find_past_entry(const Repository& repository, const Index& index, std::string_view name,
                           std::uint64_t moves_ago) {
  const std::string shown = printable(name);
  const std::string subject = shown + "@{" + std::to_string(moves_ago) + "}";
  const Descriptor* const listed = find_name(index, name);
  std::optional<Digest> now;
  if (listed != nullptr) now = listed->digest();
  NamePast past(repository, name, now);
  NameMove away;  // the one after the move looked at: it led away from there
  for (std::uint64_t number = 0;; ++number) {
    const auto move = past.next();
    if (!move) fail_beyond(subject, shown, number);
    if (number < moves_ago) {
      away = *move;
      continue;
    }
    if (!move->new_digest) {
      throw Error(ErrorKind::not_found, subject + ": the name did not exist then",
                  "imgops reflog " + shown + " lists where it was");
    }
    if (number == 0) return *listed;
    const auto recorded = recorded_entry(repository, away, name, *move->new_digest);
    return recorded ? *recorded : describe_root(repository.blobs(), *move->new_digest, subject);
  }
}

Descriptor describe_root(const BlobSource& blobs, const Digest& digest, std::string_view subject) {
  const std::string what = std::string(subject) + ": " + digest.to_string();
  const auto blob = blobs.find(digest);
  if (blob == nullptr) {
    throw Error(ErrorKind::not_found, what + " is gone",
                "garbage collection removes what no name and no log needs any more");
  }
  const Descriptor unknown("", digest, blob->size_bytes());
  const Json json = parse_json(read_document(blobs, unknown, manifest_limit_bytes, subject), what);
  require_object(json, what);
  const bool lists = find_field(json, "manifests") != nullptr;
  if (!lists && find_field(json, "layers") == nullptr) {
    throw Error(ErrorKind::unsupported, what + " is neither manifest nor index");
  }
  const MediaKind kind = lists ? MediaKind::index : MediaKind::manifest;
  const auto type = find_string(json, "mediaType", what);
  return {type ? std::string_view(*type) : media_type_text({MediaFamily::oci, kind}), digest,
          blob->size_bytes()};
}

}  // namespace imgops
