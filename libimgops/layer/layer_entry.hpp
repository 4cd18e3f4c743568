// One layer as a list of entries whose bytes live elsewhere: what reading a layer yields and what
// trees point into. An index of a million entries must stay small, so strings lie in the index's
// own memory, and what entries have in common or rarely have at all is in their shapes.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/digest.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/layer/entry_shape.hpp"
#include "libimgops/tar/entry.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A text in the memory of an index, which it does not outlive: half the size of a view.
class KeptText {
 public:
  constexpr KeptText() noexcept = default;

  operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor): it is one
    if (start_ == nullptr) return {};
    const auto first = static_cast<unsigned char>(*start_);
    if (first != long_text) return {start_ + 1, first};
    std::uint32_t size = 0;
    std::memcpy(&size, start_ + 1, sizeof size);
    return {start_ + 1 + sizeof size, size};
  }
  std::size_t size() const noexcept { return std::string_view(*this).size(); }
  bool empty() const noexcept { return start_ == nullptr; }

  friend bool operator==(KeptText left, KeptText right) noexcept {
    return std::string_view(left) == std::string_view(right);
  }
  friend bool operator==(KeptText left, std::string_view right) noexcept {
    return std::string_view(left) == right;
  }

 private:
  friend struct LayerIndex;
  explicit KeptText(const char* start) noexcept : start_(start) {}

  static constexpr unsigned char long_text = 255;

  // Of a byte with the length, or 255 and four bytes with it; the text behind. Null: empty.
  const char* start_ = nullptr;
};

// Where the bytes of a regular file are. With `origin` an archive, offsets count bytes of the
// uncompressed archive; with host files or memory, `offset_bytes` is the number of the file or
// text.
struct Content {
  const LayerIndex* origin = nullptr;  // null: no bytes (not a regular file, or empty)
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;  // of the file, holes included
  Fingerprint fingerprint{};     // of the bytes as stored in the archive (sparse: unexpanded)
  const std::vector<SparseRun>* sparse = nullptr;  // the map of a sparse file, else null
};

// One file, whatever its names, as it is told: what semantics C01 compares.
struct InodeFields {
  FileType type = FileType::regular;
  // A directory nobody described: 0755 0:0, and its mtime equals any (P02).
  bool implied = false;
  std::uint16_t mode = 0;  // 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  Timestamp mtime;
  DeviceNumber device;                         // of devices
  KeptText link_target;                        // of symlinks, as stored
  const ExtendedAttributes* xattrs = nullptr;  // null: none
  Content content;                             // of regular files
};

inline constexpr std::uint32_t no_header_slot = UINT32_MAX;

// A line of the index, as it is told. `file` covers every type of file; a hard link has its own
// header's attributes in `inode` (L13), no content, and its target in `link_path`; whiteout and
// opaque have only `path`: what they remove, or the directory whose lower children they hide (""
// for the root).
struct EntryFields {
  EntryKind kind = EntryKind::file;
  bool verbatim = false;  // its member may be copied as it is (W10)
  // Where the header is in the index's side table of headers, for members without a body that are
  // written out of archive order (directories, hard links). Regular files have none.
  std::uint32_t header_slot = no_header_slot;
  KeptText path;       // canonical, not resolved through links
  KeptText link_path;  // of hard links: canonical
  InodeFields inode;
  std::uint64_t member_offset_bytes = 0;  // of its first header block
  std::uint32_t header_bytes = 0;         // up to the body
  std::uint32_t header_checksum = 0;  // of those bytes, when `verbatim`: first of their fingerprint
};

// InodeFields as they are kept: immutable, and a third of the size. Points to its shape, which the
// store it was made with keeps, as it keeps its texts.
class Inode {
 public:
  Inode(const InodeFields& fields, ShapeStore& shapes);

  FileType type() const noexcept { return shape_->type; }
  bool implied() const noexcept { return shape_->implied; }
  std::uint16_t mode() const noexcept { return shape_->mode; }
  std::uint32_t uid() const noexcept { return shape_->uid; }
  std::uint32_t gid() const noexcept { return shape_->gid; }
  Timestamp mtime() const noexcept { return {seconds_, nanoseconds_}; }
  DeviceNumber device() const noexcept { return shape_->device; }
  KeptText link_target() const noexcept {
    return shape_->has_content() ? KeptText() : names_.link_target;
  }
  const ExtendedAttributes* xattrs() const noexcept { return shape_->xattrs; }
  Content content() const noexcept {
    if (!shape_->has_content()) return {};
    return {shape_->origin, offset_bytes_ + shape_->body_distance_bytes, body_.size_bytes,
            body_.fingerprint, shape_->sparse};
  }

 private:
  friend struct LayerEntry;
  explicit Inode(const EntryFields& fields, ShapeStore& shapes);

  // By the shape an entry has a body or other names.
  struct Body {
    std::uint64_t size_bytes;
    Fingerprint fingerprint;
  };
  struct Names {
    KeptText link_target;
    KeptText link_path;
    std::uint32_t header_slot;
  };

  const EntryShape* shape_;
  std::uint64_t offset_bytes_;  // of the member; without one, of the content
  std::int64_t seconds_;
  std::uint32_t nanoseconds_;
  std::uint32_t header_checksum_;  // of the entry around it
  union {
    Body body_;
    Names names_;
  };
};

// EntryFields as they are kept: a line of the cache.
struct LayerEntry {
  KeptText path;
  Inode inode;

  LayerEntry(const EntryFields& fields, ShapeStore& shapes);

  const LayerIndex* layer() const noexcept { return inode.shape_->layer; }  // that it is in
  EntryKind kind() const noexcept { return inode.shape_->kind; }
  bool verbatim() const noexcept { return inode.shape_->verbatim; }
  std::uint32_t header_slot() const noexcept {
    return inode.shape_->has_content() ? no_header_slot : inode.names_.header_slot;
  }
  KeptText link_path() const noexcept {
    return inode.shape_->has_content() ? KeptText() : inode.names_.link_path;
  }
  std::uint64_t member_offset_bytes() const noexcept {
    return inode.shape_->is_member ? inode.offset_bytes_ : 0;
  }
  std::uint32_t header_bytes() const noexcept { return inode.shape_->header_bytes; }
  std::uint32_t header_checksum() const noexcept { return inode.header_checksum_; }
};
static_assert(sizeof(LayerEntry) == 64);

InodeFields fields_of(const Inode& inode);
EntryFields fields_of(const LayerEntry& entry);
FileAttributes attributes_of(const Inode& inode);

enum class Origin : std::uint8_t { archive, host_files, memory };

// All of one layer; address-stable, shared as shared_ptr<const LayerIndex>. Entries are in archive
// order, names may repeat and the last one counts (semantics N01). For an archive: DiffId and every
// checksum were verified when the index was made.
struct LayerIndex {
  Origin origin = Origin::archive;
  DiffId diff_id;                   // of an archive; else of the empty layer, meaningless
  std::uint64_t archive_bytes = 0;  // uncompressed
  std::vector<LayerEntry> entries;
  std::vector<Diagnostic> diagnostics;  // notes and warnings of reading; layer_index is absent
  std::vector<std::filesystem::path> host_files;  // of Origin::host_files
  std::vector<std::string> texts;                 // of Origin::memory

  explicit LayerIndex(DiffId id) : diff_id(std::move(id)) {}
  LayerIndex(const LayerIndex&) = delete;
  LayerIndex& operator=(const LayerIndex&) = delete;

  // Copies `text`, less than 4 GiB, into the index's memory.
  KeptText keep(std::string_view text);
  const ExtendedAttributes* keep(ExtendedAttributes xattrs);        // null when empty
  const std::vector<SparseRun>* keep(std::vector<SparseRun> runs);  // null when empty
  // Kept as far as they repeat; texts and the like were kept before.
  Inode keep(const InodeFields& fields) { return {fields, shapes_}; }
  LayerEntry keep(const EntryFields& fields) { return {fields, shapes_}; }

  const ShapeStore& shapes() const noexcept { return shapes_; }

 private:
  std::deque<std::string> blocks_;  // strings in blocks of 256 KiB
  std::set<ExtendedAttributes> xattrs_;
  std::deque<std::vector<SparseRun>> sparse_;
  ShapeStore shapes_{this};
};

// What a new layer is to hold, one member each, in the order they are written. All views and
// pointers reach into trees and indexes that outlive the list. Never opaque (W04).
class PlannedMember {
 public:
  // Of a whiteout.
  explicit PlannedMember(std::string_view path) noexcept : PlannedMember(path, nullptr, nullptr) {}
  // Of a file. `path` is canonical and real: through no link (W02). `source` is the entry whose
  // member may be copied, or null.
  PlannedMember(std::string_view path, const Inode* inode, const LayerEntry* source) noexcept
      : path_(path.data()),
        inode_(inode),
        source_(source),
        path_bytes_(static_cast<std::uint32_t>(path.size())) {}
  // A second name: `link_path` is the first name of the group in this layer.
  PlannedMember linked_to(std::string_view link_path) const noexcept {
    PlannedMember result = *this;
    result.link_path_ = link_path.data();
    result.link_path_bytes_ = static_cast<std::uint32_t>(link_path.size());
    return result;
  }
  // The name becomes the file.
  PlannedMember unlinked() const noexcept { return {path(), inode_, source_}; }
  PlannedMember with_inode(const Inode* inode) const noexcept {
    PlannedMember result = *this;
    result.inode_ = inode;
    return result;
  }

  EntryKind kind() const noexcept {
    if (inode_ == nullptr) return EntryKind::whiteout;
    return link_path_ != nullptr ? EntryKind::hard_link : EntryKind::file;
  }
  std::string_view path() const noexcept { return {path_, path_bytes_}; }
  std::string_view link_path() const noexcept { return {link_path_, link_path_bytes_}; }
  const Inode* inode() const noexcept { return inode_; }  // null: a whiteout
  const LayerEntry* source() const noexcept { return source_; }
  const LayerIndex* source_layer() const noexcept {
    return source_ == nullptr ? nullptr : source_->layer();
  }

 private:
  const char* path_;
  const char* link_path_ = nullptr;
  const Inode* inode_;
  const LayerEntry* source_;
  std::uint32_t path_bytes_;
  std::uint32_t link_path_bytes_ = 0;
};
static_assert(sizeof(PlannedMember) == 40);

}  // namespace imgops
