// A layer is known in the form of a blob that was proven to hold it: in this process, or in an
// earlier one, whose sealed table of checkpoints says so. A blob nobody proved is read in full
// before it is believed, even when the index of its layer is at hand (J03, J04).
#include "libimgops/layer/layer_cache.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/layer/archive_cursor.hpp"
#include "libimgops/layer/cache_folder.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "libimgops/layer/layer_recorder.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

namespace imgops {
namespace {

struct KnownLayer {
  std::weak_ptr<const LayerIndex> index;
  std::shared_ptr<const HeaderStore> headers;
  std::shared_ptr<const CheckpointTable> checkpoints;
};

bool same_layer(const ImageLayer& left, const ImageLayer& right) {
  return left.diff_id == right.diff_id && left.descriptor == right.descriptor &&
         left.descriptor.size_bytes() == right.descriptor.size_bytes() &&
         left.descriptor.media_type() == right.descriptor.media_type();
}

// Positions of the layers that differ from all before them, largest blob first.
std::vector<std::size_t> distinct_positions(std::span<const ImageLayer> layers) {
  std::vector<std::size_t> positions(layers.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  const auto name = [&](std::size_t at) {
    const Descriptor& blob = layers[at].descriptor;
    return std::tuple(layers[at].diff_id, blob.digest(), blob.size_bytes(),
                      std::string_view(blob.media_type()));
  };
  std::ranges::sort(positions, [&](std::size_t left, std::size_t right) {
    return name(left) != name(right) ? name(left) < name(right) : left < right;
  });
  const auto repeated = std::unique(
      positions.begin(), positions.end(),
      [&](std::size_t left, std::size_t right) { return same_layer(layers[left], layers[right]); });
  positions.erase(repeated, positions.end());
  std::ranges::sort(positions, [&](std::size_t left, std::size_t right) {
    const std::uint64_t left_bytes = layers[left].descriptor.size_bytes();
    const std::uint64_t right_bytes = layers[right].descriptor.size_bytes();
    return left_bytes != right_bytes ? left_bytes > right_bytes : left < right;
  });
  return positions;
}

// Says which layer is meant; a diagnostic has room for it, other messages get it in front.
[[noreturn]] void rethrow_of_layer(const Error& error, std::size_t position, const DiffId& id) {
  if (error.diagnostic() == nullptr) {
    throw error.within("layer " + std::to_string(position + 1) + " (" +
                       std::string(id.digest.algorithm_name()) + ":" + id.digest.short_text() +
                       ")");
  }
  Diagnostic diagnostic = *error.diagnostic();
  diagnostic.layer_index = position;
  if (diagnostic.layer.empty()) diagnostic.layer = id.digest.to_string();
  throw Error(std::move(diagnostic));
}

Compression compression_of(const RandomAccess& blob) {
  std::array<std::byte, 8> first{};
  const std::size_t count = blob.read_at(0, first);
  return detect_compression(ByteView(first).first(count));
}

// Names a stack by all that may be found in it; nullopt when nothing is ever known about it.
std::optional<std::string> name_of(std::span<const ImageLayer> layers) {
  std::string text;
  for (const ImageLayer& layer : layers) {
    const std::optional<LayerKey> key = key_of(layer);
    if (!key) return std::nullopt;
    text += key->diff_id.digest.to_string() + " " + key->blob.to_string() + " " +
            std::to_string(key->blob_bytes) + " " + std::string(name(key->declared)) + "\n";
  }
  return digest_of(as_bytes(text)).to_string();
}

}  // namespace

struct LayerCache::State {
  const BlobSource& blobs;
  std::optional<CacheLocation> location;
  std::mutex mutex;
  std::map<LayerKey, KnownLayer> known;  // by DiffId first
  std::mutex large_window;               // one layer at a time has one

  void forget_unused();
  // `workers`, or null: they hash while it is read. Throws WindowTooLarge as read_layer() does.
  std::shared_ptr<const LayerIndex> open(const ImageLayer& layer, Workers* workers,
                                         Observer& observer, const std::stop_token& stop,
                                         std::uint64_t window_limit_bytes);
  std::shared_ptr<const LayerIndex> open_alone(const ImageLayer& layer, Observer& observer,
                                               const std::stop_token& stop);
  std::shared_ptr<const LayerIndex> find(const LayerKey& key);
  std::shared_ptr<const LayerIndex> adopt(const LayerKey& key, LayerRecord record);
  std::vector<std::pair<LayerKey, KnownLayer>> forms_of(const DiffId& id);
};

void LayerCache::State::forget_unused() {
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& layer) { return layer.second.index.expired(); });
}

std::shared_ptr<const LayerIndex> LayerCache::State::open(const ImageLayer& layer, Workers* workers,
                                                          Observer& observer,
                                                          const std::stop_token& stop,
                                                          std::uint64_t window_limit_bytes) {
  std::shared_ptr<const RandomAccess> blob = blobs.open(layer.descriptor.digest());
  const std::optional<LayerKey> key = key_of(layer);
  // What is no layer, or of another size than promised, is for read_layer() to refuse (J02, J04).
  if (!key || blob->size_bytes() != key->blob_bytes) {
    return read_layer(std::move(blob), layer, observer, nullptr, stop, workers, window_limit_bytes);
  }
  if (auto index = find(*key)) return index;
  LayerRecorder recorder(location ? &*location : nullptr, *key);
  auto index =
      read_layer(std::move(blob), layer, observer, &recorder, stop, workers, window_limit_bytes);
  return adopt(*key, recorder.finish(std::move(index)));
}

// Without workers: to wait for one of theirs could mean to read another layer meanwhile, which
// waits for this one.
std::shared_ptr<const LayerIndex> LayerCache::State::open_alone(const ImageLayer& layer,
                                                                Observer& observer,
                                                                const std::stop_token& stop) {
  const std::lock_guard lock(large_window);
  return open(layer, nullptr, observer, stop, largest_window_bytes);
}

std::shared_ptr<const LayerIndex> LayerCache::State::find(const LayerKey& key) {
  {
    const std::lock_guard lock(mutex);
    const auto found = known.find(key);
    if (found != known.end()) {
      if (auto index = found->second.index.lock()) return index;
    }
  }
  if (!location) return nullptr;
  std::optional<LayerRecord> stored = find_stored_layer(*location, key);
  return stored ? adopt(key, std::move(*stored)) : nullptr;
}

// When another thread was faster its index stays, so that pointers into it agree.
std::shared_ptr<const LayerIndex> LayerCache::State::adopt(const LayerKey& key,
                                                           LayerRecord record) {
  const std::lock_guard lock(mutex);
  KnownLayer& entry = known[key];
  if (auto index = entry.index.lock()) return index;
  entry = KnownLayer{record.index, std::move(record.headers), std::move(record.checkpoints)};
  return record.index;
}

std::vector<std::pair<LayerKey, KnownLayer>> LayerCache::State::forms_of(const DiffId& id) {
  // No key of this layer comes before it.
  const LayerKey least{id, Digest(DigestAlgorithm::sha256, std::array<std::byte, 32>{}), 0,
                       Compression::none};
  std::vector<std::pair<LayerKey, KnownLayer>> forms;
  const std::lock_guard lock(mutex);
  for (auto at = known.lower_bound(least); at != known.end() && at->first.diff_id == id; ++at) {
    forms.emplace_back(at->first, at->second);
  }
  return forms;
}

LayerCache::LayerCache(const BlobSource& blobs, std::optional<CacheLocation> location)
    : state_(new State{blobs, std::move(location), {}, {}, {}}) {}
LayerCache::~LayerCache() = default;

std::vector<std::shared_ptr<const LayerIndex>> LayerCache::open(std::span<const ImageLayer> layers,
                                                                Workers& workers,
                                                                Observer& observer,
                                                                const std::stop_token& stop,
                                                                std::size_t first_number) {
  state_->forget_unused();
  const std::vector<std::size_t> positions = distinct_positions(layers);
  std::vector<std::shared_ptr<const LayerIndex>> opened(layers.size());
  std::vector<std::exception_ptr> failures(layers.size());
  std::uint64_t total_bytes = 0;
  for (const std::size_t position : positions) {
    total_bytes += layers[position].descriptor.size_bytes();
  }
  // Kept apart by layer: of several failures the lowest layer's is told, not the largest's.
  const std::uint64_t window_limit_bytes = window_limit_of_each(workers.size());
  std::vector<char> needs_more(layers.size(), 0);
  workers.for_each_index(
      positions.size(),
      [&](std::size_t number) {
        const std::size_t position = positions[number];
        // One that takes longer than all others together leaves threads idle, which hash for it.
        const std::uint64_t size_bytes = layers[position].descriptor.size_bytes();
        const bool is_last_to_end = size_bytes > total_bytes / workers.size();
        try {
          opened[position] = state_->open(layers[position], is_last_to_end ? &workers : nullptr,
                                          observer, stop, window_limit_bytes);
        } catch (const WindowTooLarge&) {
          needs_more[position] = 1;
        } catch (...) {
          failures[position] = std::current_exception();
        }
      },
      stop);
  for (const std::size_t position : positions) {
    if (needs_more[position] == 0) continue;
    try {
      opened[position] = state_->open_alone(layers[position], observer, stop);
    } catch (...) {
      failures[position] = std::current_exception();
    }
  }
  for (std::size_t position = 0; position < layers.size(); ++position) {
    if (failures[position] == nullptr) continue;
    try {
      std::rethrow_exception(std::exchange(failures[position], nullptr));
    } catch (const Error& error) {
      rethrow_of_layer(error, first_number + position, layers[position].diff_id);
    }
  }
  for (std::size_t position = 0; position < layers.size(); ++position) {
    if (opened[position] != nullptr) continue;  // a repetition
    const auto first = std::ranges::find_if(
        layers, [&](const ImageLayer& layer) { return same_layer(layer, layers[position]); });
    opened[position] = opened[static_cast<std::size_t>(first - layers.begin())];
  }
  return opened;
}

std::unique_ptr<ArchiveCursor> LayerCache::cursor(const LayerIndex& layer) {
  return make_archive_cursor(archive(layer));
}

StoredArchive LayerCache::archive(const LayerIndex& layer) {
  for (const auto& [key, form] : state_->forms_of(layer.diff_id)) {
    std::shared_ptr<const RandomAccess> blob = state_->blobs.find(key.blob);
    if (blob == nullptr || blob->size_bytes() != key.blob_bytes) continue;
    const Compression compression = compression_of(*blob);
    return {std::move(blob), compression, layer.archive_bytes, form.checkpoints};
  }
  throw Error(ErrorKind::not_found,
              "layer " + layer.diff_id.digest.to_string() + ": its blob is gone");
}

std::optional<std::string> LayerCache::header(const LayerIndex& layer, const LayerEntry& entry) {
  if (entry.header_slot() == no_header_slot) return std::nullopt;
  for (const auto& [key, form] : state_->forms_of(layer.diff_id)) {
    // Slots are those of one index; another of the same layer has its own.
    if (form.index.lock().get() != &layer) continue;
    return form.headers->find(entry.header_slot(), entry.header_bytes());
  }
  return std::nullopt;
}

std::optional<std::string> LayerCache::find_note(std::span<const ImageLayer> layers,
                                                 std::string_view kind) const {
  const auto& location = state_->location;
  if (!location || layers.empty()) return std::nullopt;
  try {
    const CacheFolder folder(*location, layers.back().diff_id);
    const auto file = folder.find(kind);
    if (file == nullptr) return std::nullopt;
    const auto stack = name_of(layers);
    if (!stack) return std::nullopt;
    const bool are_here = std::ranges::all_of(layers, [&](const ImageLayer& layer) {
      const auto blob = state_->blobs.find(layer.descriptor.digest());
      return blob != nullptr && blob->size_bytes() == layer.descriptor.size_bytes();
    });
    return are_here ? folder.read_sealed(*file, {kind, *stack}) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // whoever opens the layers meets what is wrong
  }
}

void LayerCache::keep_note(std::span<const ImageLayer> layers, std::string_view kind,
                           std::string_view bytes) const {
  const auto& location = state_->location;
  if (!location || layers.empty()) return;
  const auto stack = name_of(layers);
  if (!stack) return;
  try {
    const CacheFolder folder(*location, layers.back().diff_id);
    const auto file = folder.create();
    folder.write_sealed(*file, bytes, {kind, *stack});
    folder.publish(*file, kind);
  } catch (const Error&) {
    return;  // the next run works it out again
  }
}

}  // namespace imgops
