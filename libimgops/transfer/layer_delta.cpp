// The archive is walked member by member. Between members and behind the last one may lie what is
// no member to us; it is new. A large body that changed is cut into pieces, each behind the same
// stretch of its old version and a little more.
#include "libimgops/transfer/layer_delta.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/layer/span_encoder.hpp"
#include "libimgops/tar/tar_writer.hpp"
#include "libimgops/transfer/delta_writer.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t piece_bytes = delta_frame_limit_bytes;
constexpr std::uint64_t compared_bytes = std::uint64_t{1} << 20;
constexpr std::uint64_t margin_bytes = (delta_reference_limit_bytes - piece_bytes) / 2;

// Where a member's parts lie in its archive.
struct Parts {
  std::uint64_t header_offset = 0;
  std::uint64_t header_size = 0;
  std::uint64_t body_size = 0;     // as stored
  std::uint64_t padding_size = 0;  // behind the body
  std::uint64_t body_offset() const { return header_offset + header_size; }
  std::uint64_t end() const { return body_offset() + body_size + padding_size; }
};

std::uint64_t stored_size(const Content& content) {
  if (content.sparse == nullptr) return content.size_bytes;
  std::uint64_t total = 0;
  for (const SparseRun& run : *content.sparse) total += run.size_bytes;
  return total;
}

Parts parts_of(const LayerEntry& entry) {
  Parts parts{entry.member_offset_bytes(), entry.header_bytes(), 0, 0};
  const Content& content = entry.inode.content();
  if (entry.kind() != EntryKind::file || content.origin == nullptr) return parts;
  parts.header_size = content.offset_bytes - entry.member_offset_bytes();  // and a map of holes
  parts.body_size = stored_size(content);
  parts.padding_size = tar_padding_bytes(parts.body_size);
  return parts;
}

bool same_content(const LayerEntry& left, const LayerEntry& right) {
  const Content& one = left.inode.content();
  const Content& other = right.inode.content();
  if ((one.origin == nullptr) != (other.origin == nullptr)) return false;
  return one.origin == nullptr ||
         (stored_size(one) == stored_size(other) && one.fingerprint == other.fingerprint);
}

bool same_header(const LayerEntry& left, const LayerEntry& right) {
  return left.verbatim() && right.verbatim() && left.header_bytes() == right.header_bytes() &&
         left.header_checksum() == right.header_checksum() &&
         parts_of(left).header_size == parts_of(right).header_size;
}

struct KnownMember {
  std::uint32_t source = 0;
  const LayerEntry* entry = nullptr;
};

class Sources {
 public:
  explicit Sources(const LayerIndexes& layers) {
    for (std::size_t number = 0; number < layers.size(); ++number) {
      for (const LayerEntry& entry : layers[number]->entries) {
        if (entry.kind() != EntryKind::file && entry.kind() != EntryKind::hard_link) continue;
        const KnownMember known{static_cast<std::uint32_t>(number), &entry};
        by_path_.emplace(entry.path, known);
        const Content& content = entry.inode.content();
        if (content.origin == nullptr) continue;
        by_content_.try_emplace({content.fingerprint, stored_size(content)}, known);
      }
    }
  }

  // The uppermost of that path.
  const KnownMember* with_path(std::string_view path) const {
    const auto behind = by_path_.upper_bound(path);
    if (behind == by_path_.begin()) return nullptr;
    const auto found = std::prev(behind);
    return found->first == path ? &found->second : nullptr;
  }
  // One that is `entry` byte for byte; that at `next`, if that is one, so that the copies join.
  // Else one of `preferred`, else the uppermost.
  const KnownMember* same_as(const LayerEntry& entry, const std::optional<DeltaSpan>& next,
                             std::uint32_t preferred) const {
    const KnownMember* same = nullptr;
    const auto [first, last] = by_path_.equal_range(entry.path);
    for (auto at = first; at != last; ++at) {
      const KnownMember& known = at->second;
      if (!same_header(entry, *known.entry) || !same_content(entry, *known.entry)) continue;
      const bool joins = next && next->source == known.source &&
                         next->offset_bytes == known.entry->member_offset_bytes();
      if (joins) return &known;
      if (same == nullptr || same->source != preferred) same = &known;
    }
    return same;
  }
  // What follows the member of that path in a source.
  std::optional<DeltaSpan> behind(std::string_view path, std::uint32_t source) const {
    const auto [first, last] = by_path_.equal_range(path);
    for (auto at = first; at != last; ++at) {
      if (at->second.source == source)
        return DeltaSpan{source, parts_of(*at->second.entry).end(), 0};
    }
    return std::nullopt;
  }
  // The source that most of `target` is in: what a patch in place made it of.
  std::uint32_t main_source_of(const LayerIndex& target) const {
    std::map<std::uint32_t, std::uint64_t> shared_bytes;
    for (const LayerEntry& entry : target.entries) {
      const auto [first, last] = by_path_.equal_range(entry.path);
      for (auto at = first; at != last; ++at) {
        const KnownMember& known = at->second;
        if (!same_header(entry, *known.entry) || !same_content(entry, *known.entry)) continue;
        shared_bytes[known.source] += parts_of(entry).end() - entry.member_offset_bytes();
      }
    }
    const auto most = std::ranges::max_element(
        shared_bytes, {}, &std::pair<const std::uint32_t, std::uint64_t>::second);
    return most == shared_bytes.end() ? 0 : most->first;
  }
  const KnownMember* with_content(const Content& content) const {
    if (content.origin == nullptr) return nullptr;
    const auto found = by_content_.find({content.fingerprint, stored_size(content)});
    return found == by_content_.end() ? nullptr : &found->second;
  }

 private:
  std::multimap<std::string_view, KnownMember> by_path_;  // of equal paths the uppermost is last
  std::map<std::pair<Fingerprint, std::uint64_t>, KnownMember> by_content_;
};

class LayerDelta {
 public:
  LayerDelta(const LayerIndex& target, const LayerIndexes& layers, LayerCache& cache, Sink& sink,
             const std::stop_token& stop)
      : target_(target),
        sources_(archive_sources(cache, layers)),
        known_(layers),
        main_source_(known_.main_source_of(target)),
        cursor_(cache.cursor(target)),
        out_(sources_, sink),
        stop_(stop) {}

  std::vector<std::uint32_t> run() {
    for (const LayerEntry& entry : target_.entries) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      const bool is_marker =
          entry.kind() == EntryKind::whiteout || entry.kind() == EntryKind::opaque;
      if (entry.member_offset_bytes() < position_ || is_marker) continue;
      add_between(entry.member_offset_bytes());
      add_member(entry);
    }
    add_between(target_.archive_bytes);
    return out_.finish();
  }

 private:
  // What is no member to us: markers, global headers, the end. Mostly it is what the source has
  // there.
  void add_between(std::uint64_t end) {
    const std::uint64_t size = end - position_;
    if (size > 0 && next_ && size <= compared_bytes && is_same_at_next(size)) {
      out_.copy({next_->source, next_->offset_bytes, size});
      next_->offset_bytes += size;
      return;
    }
    add_new(position_, size, {});
  }

  bool is_same_at_next(std::uint64_t size) {
    auto& cursor = compared_[next_->source];
    if (cursor == nullptr) cursor = sources_[next_->source].open();
    std::vector<std::byte> mine(static_cast<std::size_t>(size));
    std::vector<std::byte> theirs(mine.size());
    return cursor->read_at(next_->offset_bytes, theirs) == theirs.size() &&
           cursor_->read_at(position_, mine) == mine.size() && mine == theirs;
  }

  void add_member(const LayerEntry& entry) {
    const Parts parts = parts_of(entry);
    position_ = parts.end();
    if (const KnownMember* const same = known_.same_as(entry, next_, main_source_)) {
      const std::uint64_t size = position_ - parts.header_offset;
      out_.copy({same->source, same->entry->member_offset_bytes(), size});
      next_ = DeltaSpan{same->source, same->entry->member_offset_bytes() + size, 0};
      return;
    }
    next_ = known_.behind(entry.path, main_source_);
    const KnownMember* const old = known_.with_path(entry.path);
    std::vector<DeltaSpan> reference;
    if (old != nullptr) {
      reference.push_back(
          {old->source, old->entry->member_offset_bytes(), parts_of(*old->entry).header_size});
    }
    add_new(parts.header_offset, parts.header_size, reference);
    if (parts.body_size > 0) add_body(entry, parts, old);
  }

  void add_body(const LayerEntry& entry, const Parts& parts, const KnownMember* old) {
    const KnownMember* same = old;
    if (same == nullptr || !same_content(entry, *same->entry)) {
      same = known_.with_content(entry.inode.content());
    }
    if (same != nullptr) {
      const Parts found = parts_of(*same->entry);
      out_.copy({same->source, found.body_offset(), parts.body_size + parts.padding_size});
      out_.separate();
      return;
    }
    const std::uint64_t size = parts.body_size + parts.padding_size;
    for (std::uint64_t at = 0; at < size; at += piece_bytes) {
      const std::uint64_t count = std::min(piece_bytes, size - at);
      add_new(parts.body_offset() + at, count, resembling(old, at, parts.body_size));
    }
  }

  // The stretch of the old body where a piece at `at` of a new one of `size` would be.
  static std::vector<DeltaSpan> resembling(const KnownMember* old, std::uint64_t at,
                                           std::uint64_t size) {
    if (old == nullptr) return {};
    const Parts parts = parts_of(*old->entry);
    if (parts.body_size == 0) return {};
    if (parts.body_size <= delta_reference_limit_bytes) {
      return {{old->source, parts.body_offset(), parts.body_size}};
    }
    const auto scaled = static_cast<std::uint64_t>(
        static_cast<double>(at) / static_cast<double>(size) * static_cast<double>(parts.body_size));
    const std::uint64_t first = std::min(scaled > margin_bytes ? scaled - margin_bytes : 0,
                                         parts.body_size - delta_reference_limit_bytes);
    return {{old->source, parts.body_offset() + first, delta_reference_limit_bytes}};
  }

  // [offset, offset + size) of the target as it is; the first piece gets the references.
  void add_new(std::uint64_t offset, std::uint64_t size, std::vector<DeltaSpan> references) {
    for (std::uint64_t done = 0; done < size;) {
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size - done));
      buffer_.resize(count);
      if (cursor_->read_at(offset + done, buffer_) != count) {
        throw Error(ErrorKind::corrupt, "layer: its archive ends early");
      }
      out_.add(buffer_, references);
      references.clear();
      done += count;
    }
  }

  const LayerIndex& target_;
  std::vector<DeltaSource> sources_;
  Sources known_;
  std::uint32_t main_source_;
  std::unique_ptr<ArchiveCursor> cursor_;
  DeltaWriter out_;
  const std::stop_token& stop_;
  std::vector<std::byte> buffer_;
  std::uint64_t position_ = 0;
  std::optional<DeltaSpan> next_;  // what follows the last member in the source that has it
  std::map<std::uint32_t, std::unique_ptr<ArchiveCursor>> compared_;
};

enum class From : std::uint8_t { front, back };

// How many bytes two files have in common at one end, `most` at the most.
std::uint64_t common_bytes(const RandomAccess& left, const RandomAccess& right, From end,
                           std::uint64_t most) {
  constexpr std::size_t step_bytes = std::size_t{256} * 1024;
  std::vector<std::byte> one(step_bytes);
  std::vector<std::byte> other(step_bytes);
  std::uint64_t done = 0;
  while (done < most) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(step_bytes, most - done));
    const auto read = [&](const RandomAccess& bytes, std::vector<std::byte>& buffer) {
      const std::uint64_t offset = end == From::front ? done : bytes.size_bytes() - done - count;
      RandomAccessSource source({std::shared_ptr<void>(), &bytes}, offset, count);
      read_fully(source, std::span(buffer).first(count));
    };
    read(left, one);
    read(right, other);
    std::size_t same = 0;
    while (same < count) {
      const std::size_t at = end == From::front ? same : count - 1 - same;
      if (one[at] != other[at]) return done + same;
      ++same;
    }
    done += count;
  }
  return done;
}

// The source that most is copied from, the first of such.
std::uint32_t main_source_of(const RandomAccess& delta, const std::vector<DeltaSource>& sources,
                             std::uint64_t archive_bytes) {
  std::vector<std::uint64_t> sizes;
  for (const DeltaSource& source : sources) sizes.push_back(source.size_bytes);
  std::vector<std::uint64_t> copied_bytes(sources.size());
  for (const DeltaStep& step : read_plan(delta, sizes, archive_bytes).steps) {
    if (step.copied) copied_bytes[step.copied->source] += step.copied->size_bytes;
  }
  return static_cast<std::uint32_t>(std::ranges::max_element(copied_bytes) - copied_bytes.begin());
}

}  // namespace

std::vector<DeltaSource> archive_sources(LayerCache& cache, const LayerIndexes& layers) {
  std::vector<DeltaSource> sources;
  for (const auto& layer : layers) {
    sources.push_back({layer->archive_bytes, [&cache, layer] { return cache.cursor(*layer); }});
  }
  return sources;
}

std::vector<std::uint32_t> write_layer_delta(const LayerIndex& target, const LayerIndexes& sources,
                                             LayerCache& cache, Sink& sink,
                                             const std::stop_token& stop) {
  return LayerDelta(target, sources, cache, sink, stop).run();
}

Digest apply_spliced(const RandomAccess& delta, const LayerIndexes& sources, LayerCache& cache,
                     Workers& workers, std::uint64_t archive_bytes, int level, Sink& sink,
                     const std::stop_token& stop) {
  const std::vector<DeltaSource> archives = archive_sources(cache, sources);
  const std::uint32_t kept_number = main_source_of(delta, archives, archive_bytes);
  const LayerIndex& kept = *sources.at(kept_number);
  std::vector<std::uint64_t> members;
  for (const LayerEntry& entry : kept.entries) members.push_back(entry.member_offset_bytes());
  std::ranges::sort(members);
  SpanEncoder encoder(sink, kept, cache, workers, level, stop);
  apply_delta(delta, archives, archive_bytes, encoder, stop, [&](const DeltaSpan& span) {
    if (span.source != kept_number) return false;
    if (!std::ranges::binary_search(members, span.offset_bytes)) return false;
    encoder.copy(span.offset_bytes, span.offset_bytes + span.size_bytes);
    return true;
  });
  return encoder.finish();
}

bool write_bytes_delta(std::shared_ptr<const RandomAccess> target,
                       std::shared_ptr<const RandomAccess> source, Sink& sink) {
  const std::uint64_t most = std::min(target->size_bytes(), source->size_bytes());
  const std::uint64_t front = common_bytes(*target, *source, From::front, most);
  const std::uint64_t back = common_bytes(*target, *source, From::back, most - front);
  if ((front + back) * 10 < target->size_bytes()) return false;
  const std::vector<DeltaSource> sources = {plain_source(source)};
  DeltaWriter out(sources, sink);
  out.copy({0, 0, front});
  std::vector<std::byte> buffer;
  const std::uint64_t end = target->size_bytes() - back;
  for (std::uint64_t at = front; at < end;) {
    buffer.resize(static_cast<std::size_t>(std::min(piece_bytes, end - at)));
    RandomAccessSource piece(target, at, buffer.size());
    read_fully(piece, buffer);
    out.add(buffer);
    at += buffer.size();
  }
  out.copy({0, source->size_bytes() - back, back});
  out.finish();
  return true;
}

}  // namespace imgops
