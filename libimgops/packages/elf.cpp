// Where things are:
//
//   ELF header ─→ program headers ─→ PT_INTERP: the loader's path
//                                 ─→ PT_DYNAMIC: (tag, value) pairs; names are offsets into the
//                                    string table, whose address DT_STRTAB gives
//                                 ─→ PT_LOAD: which address lies where in the file
#include "libimgops/packages/elf.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace imgops {
namespace {

constexpr std::uint64_t most_program_headers = 1024;
constexpr std::uint64_t most_dynamic_entries = 4096;
constexpr std::uint64_t most_name_bytes = 4096;
constexpr std::size_t most_names = 512;

constexpr std::uint32_t segment_load = 1;
constexpr std::uint32_t segment_dynamic = 2;
constexpr std::uint32_t segment_interpreter = 3;

constexpr std::uint64_t tag_end = 0;
constexpr std::uint64_t tag_needed = 1;
constexpr std::uint64_t tag_string_table = 5;
constexpr std::uint64_t tag_string_size = 10;
constexpr std::uint64_t tag_soname = 14;
constexpr std::uint64_t tag_rpath = 15;
constexpr std::uint64_t tag_runpath = 29;

constexpr std::uint16_t type_program = 2;
constexpr std::uint16_t type_shared = 3;

struct Segment {
  std::uint32_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;  // in the file
};

struct DynamicEntry {
  std::uint64_t tag = 0;
  std::uint64_t value = 0;
};

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorKind::corrupt, std::string("ELF file: ") + what);
}

class Reader {
 public:
  Reader(const RandomAccess& file, ElfClass elf_class, bool is_big_endian)
      : file_(file), is_64_(elf_class == ElfClass::bits_64), is_big_(is_big_endian) {}

  bool is_64() const noexcept { return is_64_; }
  std::size_t word_bytes() const noexcept { return is_64_ ? 8 : 4; }

  // All of [offset, offset + size), or an error.
  std::string bytes(std::uint64_t offset, std::uint64_t size) const {
    const std::uint64_t whole = file_.size_bytes();
    if (offset > whole || size > whole - offset) fail("a table outside the file");
    std::string text(static_cast<std::size_t>(size), '\0');
    const std::span<std::byte> buffer = std::as_writable_bytes(std::span(text));
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const std::size_t count = file_.read_at(offset + filled, buffer.subspan(filled));
      if (count == 0) fail("shorter than it was");
      filled += count;
    }
    return text;
  }

  // What is there of it.
  std::string bytes_up_to(std::uint64_t offset, std::uint64_t most) const {
    const std::uint64_t whole = file_.size_bytes();
    if (offset >= whole) return {};
    return bytes(offset, std::min(most, whole - offset));
  }

  // `count` bytes of `text` at `offset`, which are there, as a number.
  std::uint64_t number(std::string_view text, std::size_t offset, std::size_t count) const {
    std::uint64_t value = 0;
    for (std::size_t at = 0; at < count; ++at) {
      const std::size_t position = is_big_ ? offset + at : offset + count - 1 - at;
      value = (value << 8U) | static_cast<unsigned char>(text[position]);
    }
    return value;
  }
  std::uint64_t word(std::string_view text, std::size_t offset) const {
    return number(text, offset, word_bytes());
  }

 private:
  const RandomAccess& file_;
  bool is_64_;
  bool is_big_;
};

std::vector<Segment> read_segments(const Reader& reader, std::string_view header) {
  const bool is_64 = reader.is_64();
  const std::uint64_t offset = reader.word(header, is_64 ? 32 : 28);
  const std::uint64_t entry_bytes = reader.number(header, is_64 ? 54 : 42, 2);
  const std::uint64_t count = reader.number(header, is_64 ? 56 : 44, 2);
  if (count == 0) return {};
  if (count > most_program_headers) fail("too many program headers");
  if (entry_bytes != (is_64 ? 56U : 32U)) fail("program headers of an unknown size");
  const std::string table = reader.bytes(offset, count * entry_bytes);
  std::vector<Segment> segments;
  for (std::size_t at = 0; at < table.size(); at += entry_bytes) {
    Segment segment;
    segment.type = static_cast<std::uint32_t>(reader.number(table, at, 4));
    segment.offset = reader.word(table, at + (is_64 ? 8 : 4));
    segment.address = reader.word(table, at + (is_64 ? 16 : 8));
    segment.size = reader.word(table, at + (is_64 ? 32 : 16));
    segments.push_back(segment);
  }
  return segments;
}

const Segment* find(const std::vector<Segment>& segments, std::uint32_t type) {
  const auto found = std::ranges::find(segments, type, &Segment::type);
  return found == segments.end() ? nullptr : &*found;
}

std::vector<DynamicEntry> read_dynamic(const Reader& reader, const Segment& segment) {
  const std::size_t word = reader.word_bytes();
  if (segment.size / (2 * word) > most_dynamic_entries) fail("a dynamic table that is too large");
  const std::string table = reader.bytes(segment.offset, segment.size);
  std::vector<DynamicEntry> entries;
  for (std::size_t at = 0; at + 2 * word <= table.size(); at += 2 * word) {
    const DynamicEntry entry{reader.word(table, at), reader.word(table, at + word)};
    if (entry.tag == tag_end) break;
    entries.push_back(entry);
  }
  return entries;
}

std::uint64_t file_offset(const std::vector<Segment>& segments, std::uint64_t address) {
  for (const Segment& segment : segments) {
    if (segment.type != segment_load || address < segment.address) continue;
    const std::uint64_t inside = address - segment.address;
    if (inside < segment.size && segment.offset <= UINT64_MAX - inside) {
      return segment.offset + inside;
    }
  }
  fail("a string table outside its segments");
}

// Until the byte of 0, which must come in time.
std::string read_name(const Reader& reader, std::uint64_t offset, std::uint64_t most) {
  std::string name = reader.bytes_up_to(offset, std::min(most, most_name_bytes));
  const std::size_t end = name.find('\0');
  if (end == std::string::npos) fail("a name without an end");
  name.resize(end);
  return name;
}

std::vector<std::string> directories_of(std::string_view list) {
  std::vector<std::string> directories;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    if (end > 0) directories.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return directories;
}

void read_names(const Reader& reader, const std::vector<Segment>& segments,
                const std::vector<DynamicEntry>& entries, ElfFile& result) {
  const auto table = std::ranges::find(entries, tag_string_table, &DynamicEntry::tag);
  if (table == entries.end()) return;
  const std::uint64_t start = file_offset(segments, table->value);
  const auto size = std::ranges::find(entries, tag_string_size, &DynamicEntry::tag);
  const std::uint64_t size_bytes = size == entries.end() ? UINT64_MAX : size->value;
  std::size_t count = 0;
  for (const DynamicEntry& entry : entries) {
    const bool is_name = entry.tag == tag_needed || entry.tag == tag_soname ||
                         entry.tag == tag_rpath || entry.tag == tag_runpath;
    if (!is_name) continue;
    if (++count > most_names) fail("too many names");
    if (entry.value >= size_bytes || entry.value > UINT64_MAX - start) {
      fail("a name outside the string table");
    }
    const std::string name = read_name(reader, start + entry.value, size_bytes - entry.value);
    if (entry.tag == tag_needed) result.needed.push_back(name);
    if (entry.tag == tag_soname) result.soname = name;
    if (entry.tag == tag_rpath) result.rpath = directories_of(name);
    if (entry.tag == tag_runpath) result.runpath = directories_of(name);
  }
}

}  // namespace

std::optional<ElfFile> read_elf(const RandomAccess& file) {
  constexpr std::string_view magic(
      "\x7f"
      "ELF");
  constexpr std::size_t header_bytes_32 = 52;
  constexpr std::size_t header_bytes_64 = 64;
  std::array<std::byte, header_bytes_64> buffer{};
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t count = file.read_at(filled, std::span(buffer).subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  const std::string_view header = as_text(std::span(buffer).first(filled));
  if (header.size() < header_bytes_32 || !header.starts_with(magic)) return std::nullopt;
  const char elf_class = header[4];
  const char order = header[5];
  if ((elf_class != 1 && elf_class != 2) || (order != 1 && order != 2)) return std::nullopt;
  if (elf_class == 2 && header.size() < header_bytes_64) return std::nullopt;

  ElfFile result;
  result.elf_class = elf_class == 2 ? ElfClass::bits_64 : ElfClass::bits_32;
  result.is_big_endian = order == 2;
  const Reader reader(file, result.elf_class, result.is_big_endian);
  const auto type = static_cast<std::uint16_t>(reader.number(header, 16, 2));
  if (type != type_program && type != type_shared) return std::nullopt;
  result.machine = static_cast<std::uint16_t>(reader.number(header, 18, 2));
  const std::vector<Segment> segments = read_segments(reader, header);
  if (const Segment* const interpreter = find(segments, segment_interpreter)) {
    result.interpreter = read_name(reader, interpreter->offset, interpreter->size);
  }
  if (const Segment* const dynamic = find(segments, segment_dynamic)) {
    read_names(reader, segments, read_dynamic(reader, *dynamic), result);
  }
  return result;
}

}  // namespace imgops
