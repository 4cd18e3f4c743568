#include "libimgops/layer/checkpoint_table.hpp"

#include "libimgops/base/hasher.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// No state is larger (codec.hpp); a claim of more is no reason to take memory.
constexpr std::uint32_t state_limit_bytes = 1U << 20U;
constexpr std::size_t least_place_bytes = 4 + 32;

}  // namespace

CheckpointTable::CheckpointTable(std::vector<CheckpointPlace> places,
                                 std::shared_ptr<const RandomAccess> states)
    : places_(std::move(places)), states_(std::move(states)) {
  std::ranges::stable_sort(places_, {}, &CheckpointPlace::archive_offset_bytes);
}

const CheckpointPlace* CheckpointTable::last_before(std::uint64_t archive_offset_bytes) const {
  const auto after = std::ranges::upper_bound(places_, archive_offset_bytes, {},
                                              &CheckpointPlace::archive_offset_bytes);
  return after == places_.begin() ? nullptr : &*(after - 1);
}

std::optional<Checkpoint> CheckpointTable::load(const CheckpointPlace& place) const {
  Checkpoint checkpoint;
  checkpoint.archive_offset_bytes = place.archive_offset_bytes;
  checkpoint.blob_offset_bytes = place.blob_offset_bytes;
  if (place.state_bytes == 0) return checkpoint;
  if (states_ == nullptr || place.state_bytes > state_limit_bytes) return std::nullopt;
  checkpoint.state.resize(place.state_bytes);
  const auto buffer = std::as_writable_bytes(std::span(checkpoint.state));
  if (states_->read_at(place.state_offset_bytes, buffer) != buffer.size()) return std::nullopt;
  const Digest digest = digest_of(as_bytes(checkpoint.state));
  if (!std::ranges::equal(digest.value(), place.state_digest)) return std::nullopt;
  return checkpoint;
}

void encode_places(ByteWriter& out, const std::vector<CheckpointPlace>& places,
                   std::uint64_t blob_bytes) {
  out.number(blob_bytes);
  out.number(places.size());
  for (const CheckpointPlace& place : places) {
    out.number(place.archive_offset_bytes);
    out.number(place.blob_offset_bytes);
    out.number(place.state_offset_bytes);
    out.number(place.state_bytes);
    out.raw(place.state_digest);
  }
}

std::vector<CheckpointPlace> decode_places(ByteReader& in, std::uint64_t blob_bytes) {
  if (in.number() != blob_bytes) ByteReader::fail();
  std::vector<CheckpointPlace> places(in.count(least_place_bytes));
  for (CheckpointPlace& place : places) {
    place.archive_offset_bytes = in.number();
    place.blob_offset_bytes = in.number();
    place.state_offset_bytes = in.number();
    place.state_bytes = in.number_of<std::uint32_t>();
    std::ranges::copy(as_bytes(in.raw(place.state_digest.size())), place.state_digest.begin());
    if (place.blob_offset_bytes > blob_bytes || place.state_bytes > state_limit_bytes) {
      ByteReader::fail();
    }
  }
  return places;
}

}  // namespace imgops
