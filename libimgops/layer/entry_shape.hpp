// What many entries of a layer have in common, kept once: archives have few owners, modes and
// lengths of headers.
#pragma once

#include "libimgops/tar/entry.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace imgops {

struct LayerIndex;

enum class EntryKind : std::uint8_t { file, hard_link, whiteout, opaque };

// All of an entry but names, places, time and contents; and what is rare, so that no other entry
// has to have room for it.
struct EntryShape {
  const LayerIndex* layer = nullptr;               // the index it is in; null: in none
  const LayerIndex* origin = nullptr;              // of the content
  const ExtendedAttributes* xattrs = nullptr;      // null: none
  const std::vector<SparseRun>* sparse = nullptr;  // of the content
  // From the member to its body: mostly `header_bytes`.
  std::uint64_t body_distance_bytes = 0;
  DeviceNumber device;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t header_bytes = 0;
  std::uint16_t mode = 0;
  FileType type = FileType::regular;
  EntryKind kind = EntryKind::file;
  bool verbatim = false;
  bool implied = false;
  bool is_member = false;  // of an archive: else there is no place of a member
  friend bool operator==(const EntryShape&, const EntryShape&) = default;

  // Whether an entry of this shape has a content, and no names but its own.
  bool has_content() const noexcept { return type == FileType::regular && kind == EntryKind::file; }
};

// Shapes, each once; they stay where they are as long as the store lives. What a stranger can make
// of it is one shape an entry, and no slow table (security T27).
class ShapeStore {
 public:
  // Of entries of `layer`, or of none.
  explicit ShapeStore(const LayerIndex* layer = nullptr) noexcept : layer_(layer) {}
  ShapeStore(const ShapeStore&) = delete;
  ShapeStore& operator=(const ShapeStore&) = delete;

  // `shape` without its layer, which is that of the store.
  const EntryShape* keep(EntryShape shape);
  std::size_t size() const noexcept { return shapes_.size(); }

 private:
  std::size_t slot_of(const EntryShape& shape) const;
  void grow();

  const LayerIndex* layer_;
  std::deque<EntryShape> shapes_;
  std::vector<std::uint32_t> slots_;    // open addressing, over numbers of shapes_
  const EntryShape* latest_ = nullptr;  // neighbours are mostly alike
};

}  // namespace imgops
