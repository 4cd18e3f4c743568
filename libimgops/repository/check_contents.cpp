#include "libimgops/repository/check_contents.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/layer/layer_reader.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

FaultKind kind_of(DiagnosticCode code) {
  switch (code) {
    case DiagnosticCode::size:
      return FaultKind::size;
    case DiagnosticCode::diff_id:
      return FaultKind::diff_id;
    case DiagnosticCode::trailing_data:
    case DiagnosticCode::codec_trailing:
      return FaultKind::hidden;
    case DiagnosticCode::layer_type:
    case DiagnosticCode::codec_type:
      return FaultKind::media_type;
    default:
      return FaultKind::entry;
  }
}

bool is_known_layer(const ImageLayer& layer) {
  const auto type = parse_media_type(layer.descriptor.media_type());
  return type && type->kind == MediaKind::layer;
}

// One blob: its faults, in the order in which they are found.
class BlobCheck {
 public:
  BlobCheck(const LayoutBlobs& blobs, const StoredBlob& stored, std::uint64_t window_limit_bytes,
            Observer& observer, const std::stop_token& stop)
      : blobs_(blobs),
        stored_(stored),
        window_limit_bytes_(window_limit_bytes),
        observer_(observer),
        stop_(stop) {}

  // Throws WindowTooLarge when it needs more than the limit, and that is not the largest.
  void check(const NamedBlob* named) {
    std::vector<ImageLayer> layers;
    if (named != nullptr)
      std::ranges::copy_if(named->layers, std::back_inserter(layers), is_known_layer);
    if (layers.empty()) {
      check_digest();
    } else {
      check_layer(layers);
    }
  }
  std::vector<Fault> take() { return std::move(faults_); }

 private:
  void add(FaultKind kind, DiagnosticLevel level, std::string reason) {
    faults_.push_back({kind, level, stored_.digest, {}, std::move(reason), {}, {}, {}, false});
  }

  // Whether its bytes are those of its name.
  bool check_digest() {
    if (digest_of_stored(blobs_, stored_.digest, observer_, stop_) == stored_.digest) return true;
    add(FaultKind::digest, DiagnosticLevel::reject, "digest of its bytes differs");
    return false;
  }

  // Images may disagree on what is in one blob; the first that is right decides.
  void check_layer(const std::vector<ImageLayer>& layers) {
    const DiffId* right = nullptr;
    for (const ImageLayer& layer : layers) {
      if (right != nullptr && layer.diff_id == *right) continue;
      const std::string wrong =
          "its archive is not " + layer.diff_id.digest.to_string() + ", as an image says";
      if (right != nullptr) {
        add(FaultKind::diff_id, DiagnosticLevel::reject, wrong);
        continue;
      }
      switch (read(layer)) {
        case Verdict::right:
          right = &layer.diff_id;
          break;
        case Verdict::other_archive:
          add(FaultKind::diff_id, DiagnosticLevel::reject, wrong);
          break;
        case Verdict::damaged:
          return;
      }
    }
  }

  enum class Verdict : std::uint8_t { right, other_archive, damaged };

  Verdict read(const ImageLayer& layer) {
    try {
      const auto index = read_layer(blobs_.open(stored_.digest), layer, observer_, nullptr, stop_,
                                    nullptr, window_limit_bytes_);
      report(index->diagnostics);
      return Verdict::right;
    } catch (const WindowTooLarge& error) {
      if (window_limit_bytes_ < largest_window_bytes) throw;
      return judge(error);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
      return judge(error);
    }
  }

  Verdict judge(const Error& error) {
    const Diagnostic* const diagnostic = error.diagnostic();
    const bool is_other_archive =
        diagnostic != nullptr && diagnostic->code == DiagnosticCode::diff_id;
    if (is_other_archive) return Verdict::other_archive;
    // Bytes that changed on disk look like anything; what they are not is the first thing to say.
    if (check_digest()) {
      add(diagnostic == nullptr ? FaultKind::entry : kind_of(diagnostic->code),
          DiagnosticLevel::reject, diagnostic == nullptr ? error.what() : sentence_of(*diagnostic));
    }
    return Verdict::damaged;
  }

  // Without the layer, which is the blob spoken of.
  static std::string sentence_of(Diagnostic diagnostic) {
    diagnostic.layer.clear();
    diagnostic.layer_index.reset();
    return to_sentence(diagnostic);
  }

  // Each finding once, with how often it is there.
  void report(const std::vector<Diagnostic>& diagnostics) {
    std::map<std::pair<DiagnosticLevel, DiagnosticCode>, std::pair<std::size_t, const Diagnostic*>>
        found;
    for (const Diagnostic& diagnostic : diagnostics) {
      auto& [count, first] = found[{diagnostic.level, diagnostic.code}];
      if (count++ == 0) first = &diagnostic;
    }
    for (const auto& [key, finding] : found) {
      const auto& [count, first] = finding;
      std::string reason = sentence_of(*first);
      if (count > 1) reason += ", and " + std::to_string(count - 1) + " more such";
      add(kind_of(key.second), key.first, std::move(reason));
    }
  }

  const LayoutBlobs& blobs_;
  const StoredBlob& stored_;
  std::uint64_t window_limit_bytes_;
  Observer& observer_;
  const std::stop_token& stop_;
  std::vector<Fault> faults_;
};

}  // namespace

ContentCheck check_contents(const LayoutBlobs& blobs, std::span<const StoredBlob> stored,
                            const DocumentCheck& documents, Workers& workers, Observer& observer,
                            const std::stop_token& stop) {
  std::vector<std::pair<const StoredBlob*, const NamedBlob*>> work;
  ContentCheck result;
  for (const StoredBlob& blob : stored) {
    const auto found = documents.blobs.find(blob.digest);
    const NamedBlob* const named = found == documents.blobs.end() ? nullptr : &found->second;
    const bool is_known = named != nullptr && (named->is_verified || named->is_refused);
    if (!blob.is_regular || is_known) continue;
    work.emplace_back(&blob, named);
    result.read_bytes += blob.file.size_bytes;
  }
  std::ranges::stable_sort(work, [](const auto& left, const auto& right) {
    return left.first->file.size_bytes > right.first->file.size_bytes;
  });
  std::vector<std::vector<Fault>> faults(work.size());
  const auto check_one = [&](std::size_t number, std::uint64_t window_limit_bytes) {
    BlobCheck check(blobs, *work[number].first, window_limit_bytes, observer, stop);
    check.check(work[number].second);
    faults[number] = check.take();
  };
  std::vector<char> needs_more(work.size(), 0);
  workers.for_each_index(
      work.size(),
      [&](std::size_t number) {
        try {
          check_one(number, window_limit_of_each(workers.size()));
        } catch (const WindowTooLarge&) {
          needs_more[number] = 1;
        }
      },
      stop);
  for (std::size_t number = 0; number < work.size(); ++number) {
    if (needs_more[number] != 0) check_one(number, largest_window_bytes);
  }
  for (std::vector<Fault>& found : faults)
    std::ranges::move(found, std::back_inserter(result.faults));
  return result;
}

Digest digest_of_stored(const LayoutBlobs& blobs, const Digest& digest, Observer& observer,
                        const std::stop_token& stop) {
  const auto file = blobs.open(digest);
  const std::string subject = digest.to_string();
  DigestHasher hasher(digest.algorithm());
  std::vector<std::byte> chunk(
      static_cast<std::size_t>(std::min<std::uint64_t>(file->size_bytes() + 1, chunk_bytes)));
  std::uint64_t offset = 0;
  while (const std::size_t count = file->read_at(offset, chunk)) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    hasher.update(std::span(chunk).first(count));
    offset += count;
    observer.progress("check", subject, offset, file->size_bytes());
  }
  return hasher.finish();
}

}  // namespace imgops
