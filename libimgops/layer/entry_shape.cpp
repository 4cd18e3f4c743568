#include "libimgops/layer/entry_shape.hpp"

#include "libimgops/base/hasher.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace imgops {
namespace {

constexpr std::uint32_t none = UINT32_MAX;
constexpr std::size_t first_slots = 16;

std::uint64_t pair_of(std::uint32_t low, std::uint32_t high) {
  return low | (std::uint64_t{high} << 32U);
}

std::uint64_t hash_of(const EntryShape& shape, std::uint64_t seed) {
  const auto small = static_cast<std::uint32_t>(shape.type) << 4U |
                     static_cast<std::uint32_t>(shape.kind) << 8U | (shape.verbatim ? 1U : 0U) |
                     (shape.implied ? 2U : 0U) | (shape.is_member ? 4U : 0U) |
                     std::uint32_t{shape.mode} << 16U;
  const std::array<std::uint64_t, 8> words{reinterpret_cast<std::uintptr_t>(shape.origin),
                                           reinterpret_cast<std::uintptr_t>(shape.xattrs),
                                           reinterpret_cast<std::uintptr_t>(shape.sparse),
                                           shape.body_distance_bytes,
                                           pair_of(shape.device.major, shape.device.minor),
                                           pair_of(shape.uid, shape.gid),
                                           shape.header_bytes,
                                           small};
  return table_hash({reinterpret_cast<const char*>(words.data()), sizeof words}, seed);
}

}  // namespace

const EntryShape* ShapeStore::keep(EntryShape shape) {
  shape.layer = layer_;
  if (latest_ != nullptr && *latest_ == shape) return latest_;
  if (shapes_.size() * 2 >= slots_.size()) grow();
  std::uint32_t& slot = slots_[slot_of(shape)];
  if (slot == none) {
    slot = static_cast<std::uint32_t>(shapes_.size());
    shapes_.push_back(shape);
  }
  return latest_ = &shapes_[slot];
}

std::size_t ShapeStore::slot_of(const EntryShape& shape) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(shape, reinterpret_cast<std::uintptr_t>(this)) & mask;
  while (slots_[slot] != none && !(shapes_[slots_[slot]] == shape)) slot = (slot + 1) & mask;
  return slot;
}

void ShapeStore::grow() {
  slots_.assign(std::max(first_slots, slots_.size() * 2), none);
  for (std::uint32_t number = 0; number < shapes_.size(); ++number) {
    slots_[slot_of(shapes_[number])] = number;
  }
}

}  // namespace imgops
