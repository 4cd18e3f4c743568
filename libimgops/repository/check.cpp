// Documents first, then contents, then what lies around them; every step puts its faults down and
// the next goes on. References are filled in at the end, from what the documents said of each blob.
#include "libimgops/repository/check.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/check_contents.hpp"
#include "libimgops/repository/check_documents.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/lease.hpp"
#include "libimgops/repository/leftovers.hpp"
#include "libimgops/repository/past.hpp"
#include "libimgops/repository/reach.hpp"
#include "libimgops/repository/recovery.hpp"
#include "libimgops/repository/repository.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

namespace imgops {
namespace {

class LayoutCheck {
 public:
  LayoutCheck(const std::filesystem::path& layout, const CheckScope& scope)
      : layout_(layout),
        state_directory_(state_directory_of(layout)),
        blobs_(layout),
        scope_(scope) {}

  CheckReport run(Workers& workers, Observer& observer, const std::stop_token& stop) {
    require_layout(layout_);
    const Index index = read_layout_index(layout_);
    documents_ = check_documents(blobs_, index, scope_);
    move_faults(documents_.faults);
    report_.read_bytes = documents_.read_bytes;
    report_.names = scope_.root ? 1 : names_of(index).size();
    const BlobListing listing = list_blobs(layout_);
    std::vector<StoredBlob> stored = listing.blobs;
    if (scope_.root) {
      std::erase_if(stored, [this](const StoredBlob& blob) {
        return !documents_.blobs.contains(blob.digest);
      });
    }
    report_.blobs = stored.size();
    if (scope_.depth == CheckDepth::contents) {
      ContentCheck contents = check_contents(blobs_, stored, documents_, workers, observer, stop);
      move_faults(contents.faults);
      report_.read_bytes += contents.read_bytes;
    }
    if (!scope_.root) check_surroundings(index, listing);
    finish();
    return std::move(report_);
  }

 private:
  void move_faults(std::vector<Fault>& faults) {
    std::ranges::move(faults, std::back_inserter(report_.faults));
  }
  void add(Fault fault) { report_.faults.push_back(std::move(fault)); }
  void add_path(FaultKind kind, DiagnosticLevel level, const std::filesystem::path& path,
                std::string reason, Remedy remedy) {
    add({kind,
         level,
         {},
         path.lexically_relative(layout_).string(),
         std::move(reason),
         {},
         remedy,
         path,
         false});
  }

  void check_surroundings(const Index& index, const BlobListing& listing) {
    const Past past = read_past(state_directory_);
    check_past(past);
    check_transaction();
    const Leases leases = judge_sidecar(state_directory_) == SidecarState::usable
                              ? read_leases(state_directory_)
                              : Leases();
    check_leftovers(listing, leases);
    check_strangers(listing);
    check_dangling(needed(index, past, listing), leases, listing);
  }

  void check_past(const Past& past) {
    for (const DamagedFile& file : past.damaged) {
      add_path(FaultKind::past, DiagnosticLevel::reject, file.path,
               file.message + "; moving the file away gives up that piece of the past",
               Remedy::none);
    }
    for (const PastLog& log : past.logs) {
      if (log.unfinished.empty()) continue;
      add_path(FaultKind::past, DiagnosticLevel::note, log.path, "ends in half a line",
               Remedy::cut_line);
    }
  }

  // Either its program is still at it, or the next one that opens the layout settles it.
  void check_transaction() {
    try {
      if (judge_sidecar(state_directory_) != SidecarState::usable) return;
      if (!needs_recovery(state_directory_)) return;
      add_path(FaultKind::transaction, DiagnosticLevel::warning,
               journal_directory(state_directory_), "the last transaction is half-way",
               Remedy::settle_transaction);
    } catch (const Error& error) {
      // A damaged record or log, which check_past() has told.
      if (error.kind() != ErrorKind::corrupt) throw;
    }
  }

  void check_leftovers(const BlobListing& listing, const Leases& leases) {
    const std::string reason = "left by a killed program";
    for (const Leftover& leftover : find_leftovers(layout_, listing)) {
      const bool may_go = !leftover.is_among_blobs || !leases.has_writers;
      add_path(FaultKind::leftover, DiagnosticLevel::note, leftover.path,
               may_go ? reason : "half-written; some program is at work",
               may_go ? Remedy::remove_file : Remedy::none);
    }
    for (const auto& path : leases.abandoned) {
      add_path(FaultKind::leftover, DiagnosticLevel::note, path, reason, Remedy::remove_file);
    }
  }

  void check_strangers(const BlobListing& listing) {
    for (const auto& path : listing.others) {
      if (path.filename().string().starts_with(".new-")) continue;
      add_path(FaultKind::stranger, DiagnosticLevel::note, path, "no name of a blob", Remedy::none);
    }
    for (const StoredBlob& blob : listing.blobs) {
      if (blob.is_regular || documents_.blobs.contains(blob.digest)) continue;
      add_path(FaultKind::stranger, DiagnosticLevel::note, blobs_.path_of(blob.digest),
               "no regular file", Remedy::none);
    }
  }

  Reach needed(const Index& index, const Past& past, const BlobListing& listing) {
    Reach reach(blobs_);
    for (const Descriptor& listed : index.manifests()) reach.add(listed);
    for (const PastLog& log : past.logs) {
      for (const PastMove& move : log.moves) {
        for (const Digest& digest : move.digests) reach.add(digest);
      }
    }
    for (const PastRecord& record : past.records) {
      for (const Digest& digest : record.move.digests) reach.add(digest);
    }
    reach.add_referrers(listing.blobs);
    return reach;
  }

  void check_dangling(const Reach& reach, const Leases& leases, const BlobListing& listing) {
    for (const UnreadableDocument& document : reach.unreadable()) {
      if (documents_.blobs.contains(document.digest)) continue;  // told with its names
      add({FaultKind::document,
           DiagnosticLevel::reject,
           document.digest,
           {},
           document.message,
           {"the past of a name"},
           Remedy::none,
           {},
           false});
    }
    std::set<Digest> useless;
    for (Fault& fault : report_.faults) {
      const bool is_useless = fault.kind == FaultKind::digest && !reach.contains(*fault.digest) &&
                              !leases.digests.contains(*fault.digest);
      if (!is_useless) continue;
      fault.remedy = Remedy::remove_blob;
      fault.reason += ", and nothing leads to it";
      useless.insert(*fault.digest);
    }
    for (const StoredBlob& blob : listing.blobs) {
      if (!blob.is_regular || reach.contains(blob.digest)) continue;
      if (leases.digests.contains(blob.digest) || useless.contains(blob.digest)) continue;
      add({FaultKind::dangling,
           DiagnosticLevel::note,
           blob.digest,
           {},
           "nothing leads to it",
           {},
           Remedy::none,
           {},
           false});
    }
  }

  void finish() {
    for (Fault& fault : report_.faults) {
      if (!fault.digest) continue;
      const auto found = documents_.blobs.find(*fault.digest);
      if (found == documents_.blobs.end()) continue;
      for (const std::size_t root : found->second.roots) {
        fault.references.push_back(documents_.roots[root]);
      }
    }
    std::ranges::stable_sort(report_.faults, [](const Fault& left, const Fault& right) {
      return std::tuple(right.level, left.kind, left.digest, left.subject) <
             std::tuple(left.level, right.kind, right.digest, right.subject);
    });
  }

  std::filesystem::path layout_;
  std::filesystem::path state_directory_;
  LayoutBlobs blobs_;
  const CheckScope& scope_;
  DocumentCheck documents_;
  CheckReport report_;
};

}  // namespace

std::string_view name(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::missing:
      return "missing";
    case FaultKind::size:
      return "size";
    case FaultKind::digest:
      return "digest";
    case FaultKind::diff_id:
      return "diff-id";
    case FaultKind::document:
      return "document";
    case FaultKind::history:
      return "history";
    case FaultKind::media_type:
      return "media-type";
    case FaultKind::name:
      return "name";
    case FaultKind::entry:
      return "entry";
    case FaultKind::hidden:
      return "hidden";
    case FaultKind::dangling:
      return "dangling";
    case FaultKind::leftover:
      return "leftover";
    case FaultKind::transaction:
      return "transaction";
    case FaultKind::past:
      return "past";
    case FaultKind::stranger:
      return "stranger";
  }
  return "";
}

bool CheckReport::is_corrupt() const {
  return std::ranges::any_of(faults, [](const Fault& fault) {
    return fault.level == DiagnosticLevel::reject && !fault.is_mended;
  });
}

CheckReport check_layout(const std::filesystem::path& layout, const CheckScope& scope,
                         Workers& workers, Observer& observer, const std::stop_token& stop) {
  return LayoutCheck(layout, scope).run(workers, observer, stop);
}

}  // namespace imgops
