// The code of an index, all numbers as in byte_code.hpp:
//
//   archive size | size and digest of the headers | count, entry… | count, finding…
//
// An entry begins with its shape (kind, type, two flags) and its parts (which of the fields that
// most entries lack are there). A path is the number of bytes it shares with the path before it and
// the rest; offsets are differences to what the entry before would suggest: sorted archives give
// small numbers.
#include "libimgops/layer/index_code.hpp"

#include "libimgops/layer/byte_code.hpp"
#include "libimgops/layer/diagnostic_code.hpp"
#include "libimgops/tar/limits.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

enum Part : unsigned {
  part_content = 1,
  part_sparse = 2,
  part_link_path = 4,
  part_link_target = 8,
  part_device = 16,
  part_xattrs = 32,
  part_slot = 64,
  part_all = 127
};

constexpr unsigned kind_bits = 2;
constexpr unsigned type_bits = 3;
constexpr unsigned verbatim_bit = 1U << (kind_bits + type_bits);
constexpr unsigned implied_bit = verbatim_bit << 1U;
// No entry is shorter: shape, parts, two of the path, offset, header, mode, uid, gid, two of mtime.
constexpr std::size_t least_entry_bytes = 11;
constexpr std::size_t piece_bytes = 64 * 1024;

// What one entry tells about the next; both sides keep the same.
struct Neighbour {
  std::string path;
  std::uint64_t member_offset_bytes = 0;
  std::uint64_t slot = 0;
};

std::int64_t difference(std::uint64_t value, std::uint64_t expected) {
  return static_cast<std::int64_t>(value - expected);
}
std::uint64_t advanced(std::uint64_t expected, std::int64_t difference) {
  return expected + static_cast<std::uint64_t>(difference);
}

std::size_t shared_bytes(std::string_view left, std::string_view right) {
  const auto ends = std::ranges::mismatch(left, right);
  return static_cast<std::size_t>(ends.in1 - left.begin());
}

unsigned shape_of(const LayerEntry& entry) {
  return static_cast<unsigned>(entry.kind()) |
         (static_cast<unsigned>(entry.inode.type()) << kind_bits) |
         (entry.verbatim() ? verbatim_bit : 0U) | (entry.inode.implied() ? implied_bit : 0U);
}

unsigned parts_of(const LayerEntry& entry) {
  const Inode& inode = entry.inode;
  unsigned parts = 0;
  if (inode.content().origin != nullptr) parts |= part_content;
  if (inode.content().sparse != nullptr) parts |= part_sparse;
  if (!entry.link_path().empty()) parts |= part_link_path;
  if (!inode.link_target().empty()) parts |= part_link_target;
  if (inode.device() != DeviceNumber{}) parts |= part_device;
  if (inode.xattrs() != nullptr) parts |= part_xattrs;
  if (entry.header_slot() != no_header_slot) parts |= part_slot;
  return parts;
}

class Saver {
 public:
  explicit Saver(Sink& sink) : sink_(sink) {}

  void save(const LayerIndex& index, const HeaderSeal& headers,
            const std::vector<Diagnostic>& diagnostics) {
    out_.number(index.archive_bytes);
    out_.number(headers.size_bytes);
    out_.raw(headers.digest);
    out_.number(index.entries.size());
    for (const LayerEntry& entry : index.entries) {
      encode_entry(entry);
      if (out_.bytes().size() >= piece_bytes) pass_on();
    }
    encode_diagnostics(out_, diagnostics);
    pass_on();
  }

 private:
  void pass_on() {
    sink_.write(as_bytes(out_.bytes()));
    out_.clear();
  }

  void encode_entry(const LayerEntry& entry) {
    const unsigned parts = parts_of(entry);
    out_.number(shape_of(entry));
    out_.number(parts);
    const std::string_view path = entry.path;
    const std::size_t shared = shared_bytes(before_.path, path);
    out_.number(shared);
    out_.text(path.substr(shared));
    before_.path = path;
    out_.signed_number(difference(entry.member_offset_bytes(), before_.member_offset_bytes));
    before_.member_offset_bytes = entry.member_offset_bytes();
    out_.number(entry.header_bytes());
    if (entry.verbatim()) out_.number(entry.header_checksum());
    encode_attributes(entry.inode);
    encode_parts(entry, parts);
  }

  void encode_attributes(const Inode& inode) {
    out_.number(inode.mode());
    out_.number(inode.uid());
    out_.number(inode.gid());
    out_.signed_number(inode.mtime().seconds);
    out_.number(inode.mtime().nanoseconds);
  }

  void encode_parts(const LayerEntry& entry, unsigned parts) {
    const Inode& inode = entry.inode;
    if ((parts & part_content) != 0) encode_content(entry);
    if ((parts & part_sparse) != 0) encode_sparse(*inode.content().sparse);
    if ((parts & part_link_path) != 0) out_.text(entry.link_path());
    if ((parts & part_link_target) != 0) out_.text(inode.link_target());
    if ((parts & part_device) != 0) {
      out_.number(inode.device().major);
      out_.number(inode.device().minor);
    }
    if ((parts & part_xattrs) != 0) encode_xattrs(*inode.xattrs());
    if ((parts & part_slot) != 0) {
      out_.signed_number(difference(entry.header_slot(), before_.slot));
      before_.slot = std::uint64_t{entry.header_slot()} + entry.header_bytes();
    }
  }

  void encode_content(const LayerEntry& entry) {
    const Content content = entry.inode.content();
    out_.signed_number(
        difference(content.offset_bytes, entry.member_offset_bytes() + entry.header_bytes()));
    out_.number(content.size_bytes);
    out_.raw(content.fingerprint);
  }

  void encode_sparse(const std::vector<SparseRun>& runs) {
    out_.number(runs.size());
    for (const SparseRun& run : runs) {
      out_.number(run.offset_bytes);
      out_.number(run.size_bytes);
    }
  }

  void encode_xattrs(const ExtendedAttributes& xattrs) {
    out_.number(xattrs.size());
    for (const ExtendedAttribute& xattr : xattrs) {
      out_.text(xattr.name);
      out_.text(xattr.value);
    }
  }

  Sink& sink_;
  ByteWriter out_;
  Neighbour before_;
};

class Loader {
 public:
  Loader(std::string_view bytes, const DiffId& id)
      : in_(bytes), index_(std::make_shared<LayerIndex>(id)) {}

  DecodedIndex load() {
    HeaderSeal headers;
    index_->archive_bytes = in_.number();
    headers.size_bytes = in_.number();
    std::ranges::copy(as_bytes(in_.raw(headers.digest.size())), headers.digest.begin());
    const std::size_t entries = in_.count(least_entry_bytes);
    if (entries > limits::layer_entries) ByteReader::fail();
    index_->entries.reserve(entries);
    for (std::size_t number = 0; number < entries; ++number) {
      EntryFields entry;
      decode_entry(entry);
      index_->entries.push_back(index_->keep(entry));
    }
    index_->diagnostics = decode_diagnostics(in_);
    if (in_.left() != 0) ByteReader::fail();
    return {index_, headers};
  }

 private:
  void decode_entry(EntryFields& entry) {
    decode_shape(entry);
    const unsigned parts = in_.number_of<unsigned>();
    if (parts > part_all) ByteReader::fail();
    entry.path = decode_path();
    before_.member_offset_bytes = advanced(before_.member_offset_bytes, in_.signed_number());
    entry.member_offset_bytes = before_.member_offset_bytes;
    entry.header_bytes = in_.number_of<std::uint32_t>();
    if (entry.verbatim) entry.header_checksum = in_.number_of<std::uint32_t>();
    if (entry.member_offset_bytes > index_->archive_bytes ||
        entry.header_bytes > index_->archive_bytes - entry.member_offset_bytes) {
      ByteReader::fail();
    }
    decode_attributes(entry.inode);
    decode_parts(entry, parts);
  }

  void decode_shape(EntryFields& entry) {
    const auto shape = in_.number_of<unsigned>();
    const unsigned kind = shape & ((1U << kind_bits) - 1);
    const unsigned type = (shape >> kind_bits) & ((1U << type_bits) - 1);
    if (shape >= implied_bit * 2 || type > static_cast<unsigned>(FileType::fifo)) {
      ByteReader::fail();
    }
    entry.kind = static_cast<EntryKind>(kind);
    entry.inode.type = static_cast<FileType>(type);
    entry.verbatim = (shape & verbatim_bit) != 0;
    entry.inode.implied = (shape & implied_bit) != 0;
  }

  KeptText decode_path() {
    const std::uint64_t shared = in_.number();
    if (shared > before_.path.size()) ByteReader::fail();
    before_.path.resize(static_cast<std::size_t>(shared));
    before_.path += in_.text();
    return keep(before_.path);
  }

  // Paths that share their beginnings could otherwise grow far beyond the bytes that tell them.
  KeptText keep(std::string_view text) {
    kept_bytes_ += text.size();
    if (kept_bytes_ > limits::layer_strings_bytes) ByteReader::fail();
    return index_->keep(text);
  }

  void decode_attributes(InodeFields& inode) {
    inode.mode = in_.number_of<std::uint16_t>();
    inode.uid = in_.number_of<std::uint32_t>();
    inode.gid = in_.number_of<std::uint32_t>();
    inode.mtime.seconds = in_.signed_number();
    inode.mtime.nanoseconds = in_.number_of<std::uint32_t>();
    if (inode.mode > 07777 || inode.mtime.nanoseconds > 999'999'999) ByteReader::fail();
  }

  void decode_parts(EntryFields& entry, unsigned parts) {
    InodeFields& inode = entry.inode;
    if ((parts & part_content) != 0) decode_content(entry);
    if ((parts & part_sparse) != 0) decode_sparse(inode.content);
    if (inode.content.origin != nullptr) require_inside(inode.content);
    if ((parts & part_link_path) != 0) entry.link_path = keep(in_.text());
    if ((parts & part_link_target) != 0) inode.link_target = keep(in_.text());
    if ((parts & part_device) != 0) {
      inode.device.major = in_.number_of<std::uint32_t>();
      inode.device.minor = in_.number_of<std::uint32_t>();
    }
    if ((parts & part_xattrs) != 0) decode_xattrs(inode);
    if ((parts & part_slot) != 0) {
      const std::uint64_t slot = advanced(before_.slot, in_.signed_number());
      if (slot >= no_header_slot) ByteReader::fail();
      entry.header_slot = static_cast<std::uint32_t>(slot);
      before_.slot = slot + entry.header_bytes;
    }
  }

  void decode_content(EntryFields& entry) {
    Content& content = entry.inode.content;
    content.origin = index_.get();
    content.offset_bytes =
        advanced(entry.member_offset_bytes + entry.header_bytes, in_.signed_number());
    content.size_bytes = in_.number();
    std::ranges::copy(as_bytes(in_.raw(content.fingerprint.size())), content.fingerprint.begin());
  }

  void decode_sparse(Content& content) {
    std::vector<SparseRun> runs(in_.count(2));
    std::uint64_t end = 0;
    for (SparseRun& run : runs) {
      run.offset_bytes = in_.number();
      run.size_bytes = in_.number();
      if (run.offset_bytes < end || run.offset_bytes > content.size_bytes ||
          run.size_bytes > content.size_bytes - run.offset_bytes) {
        ByteReader::fail();
      }
      end = run.offset_bytes + run.size_bytes;
    }
    content.sparse = index_->keep(std::move(runs));
  }

  void require_inside(const Content& content) const {
    std::uint64_t stored = content.size_bytes;
    if (content.sparse != nullptr) {
      stored = 0;
      for (const SparseRun& run : *content.sparse) stored += run.size_bytes;
    }
    if (content.offset_bytes > index_->archive_bytes ||
        stored > index_->archive_bytes - content.offset_bytes) {
      ByteReader::fail();
    }
  }

  void decode_xattrs(InodeFields& inode) {
    ExtendedAttributes xattrs(in_.count(2));
    for (ExtendedAttribute& xattr : xattrs) {
      xattr.name = in_.text();
      xattr.value = in_.text();
    }
    inode.xattrs = index_->keep(std::move(xattrs));
  }

  ByteReader in_;
  std::shared_ptr<LayerIndex> index_;
  Neighbour before_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace

void encode_index(const LayerIndex& index, const HeaderSeal& headers,
                  const std::vector<Diagnostic>& diagnostics, Sink& out) {
  Saver(out).save(index, headers, diagnostics);
}

DecodedIndex decode_index(std::string_view bytes, const DiffId& id) {
  return Loader(bytes, id).load();
}

}  // namespace imgops
