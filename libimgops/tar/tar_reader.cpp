// One pass over 512-byte blocks:
//
//     [x|L|K header, its text, padding]… header [map of a sparse file] body padding   next member …
//     ^ offset                                                         ^ body_offset
//
// Bytes pass through one buffer of 256 KiB; bodies are handed out as views into it. The raw blocks
// before a body are kept in `header_`, whose size is bounded by limits and grows as bytes arrive,
// never by what a header claims (T26). `position_` counts what was taken out of the buffer.
#include "libimgops/tar/tar_reader.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/tar/findings.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tar/member_builder.hpp"

#include <algorithm>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t buffer_bytes = 256 * 1024;

std::uint64_t padding_of(std::uint64_t size_bytes) {
  return (block_bytes - size_bytes % block_bytes) % block_bytes;
}

Error truncated(const std::string& what, std::string path = {}) {
  return Error(
      reject(DiagnosticCode::truncated, "S05", "archive ends inside " + what, std::move(path)));
}

}  // namespace

struct TarReader::State {
  State(Source& bytes, Observer& watcher)
      : source(bytes), observer(watcher), buffer(buffer_bytes) {}

  const Member* next();
  ByteView body();

  // Bytes.
  bool fill();
  ByteView take(std::uint64_t most);
  std::uint64_t append_to_header(std::uint64_t count);
  std::uint64_t skip(std::uint64_t count);
  void skip_body();

  // Headers.
  bool read_block();
  bool take_extension(const HeaderFields& fields);
  std::string_view read_extension(const HeaderFields& fields);
  void take_records(std::string_view text);
  void take_global_records(std::string_view text);
  void start_member();
  const Member* finish_member(HeaderFields fields);
  void read_sparse_map(SparseForm form);
  [[noreturn]] void reject_block(std::string_view problem) const;

  // The end.
  void end_at_zero_block();
  void end_without_mark();
  void end();
  void report_pending();

  Source& source;
  Observer& observer;
  std::vector<std::byte> buffer;
  std::size_t begin = 0;  // of what is not yet taken
  std::size_t filled = 0;
  std::uint64_t position = 0;

  std::string header;    // raw blocks of the member, up to its body
  MemberHeader pending;  // what extension headers said so far
  std::size_t extensions = 0;
  std::size_t record_headers = 0;
  bool global_header_seen = false;

  Member member;
  bool claims_ignored_size = false;  // the last member is a link whose header speaks of data
  std::uint64_t body_left = 0;
  std::uint64_t padding = 0;
  bool ended = false;
};

bool TarReader::State::fill() {
  if (begin < filled) return true;
  begin = 0;
  filled = source.read(buffer);
  return filled > 0;
}

// At most `most` bytes, empty only at the end of the source.
ByteView TarReader::State::take(std::uint64_t most) {
  if (most == 0 || !fill()) return {};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, filled - begin));
  const ByteView bytes = ByteView(buffer).subspan(begin, count);
  begin += count;
  position += count;
  return bytes;
}

// Returns how many bytes there were.
std::uint64_t TarReader::State::append_to_header(std::uint64_t count) {
  std::uint64_t done = 0;
  while (done < count) {
    const ByteView bytes = take(count - done);
    if (bytes.empty()) break;
    header += as_text(bytes);
    done += bytes.size();
  }
  return done;
}

std::uint64_t TarReader::State::skip(std::uint64_t count) {
  std::uint64_t done = 0;
  while (done < count) {
    const ByteView bytes = take(count - done);
    if (bytes.empty()) break;
    done += bytes.size();
  }
  return done;
}

ByteView TarReader::State::body() {
  const ByteView bytes = take(body_left);
  if (bytes.empty() && body_left > 0) throw truncated("the data of a file", member.path);
  body_left -= bytes.size();
  return bytes;
}

void TarReader::State::skip_body() {
  while (!body().empty()) {
  }
  // Runtimes accept an archive that ends here without the padding; it has no end mark then either.
  skip(padding);
  padding = 0;
}

void TarReader::State::start_member() {
  header.clear();
  pending = {};
  extensions = record_headers = 0;
  member = {};
  member.offset_bytes = position;
}

// Appends the next block to `header`; false at the end of the archive.
bool TarReader::State::read_block() {
  const std::uint64_t count = append_to_header(block_bytes);
  if (count == 0) {
    end_without_mark();
    return false;
  }
  if (count < block_bytes) throw truncated("a header");
  if (!is_zero_block(as_bytes(header).last(block_bytes))) return true;
  end_at_zero_block();
  return false;
}

const Member* TarReader::State::next() {
  if (ended) return nullptr;
  skip_body();
  const bool data_may_follow = claims_ignored_size;
  const std::string previous = data_may_follow ? member.path : std::string();
  start_member();
  try {
    while (read_block()) {
      std::string_view problem;
      std::optional<HeaderFields> fields =
          parse_header_block(as_bytes(header).last(block_bytes), problem);
      if (!fields) reject_block(problem);
      if (fields->size_bytes < 0) reject_block("size in a header is negative");
      if (!take_extension(*fields)) return finish_member(std::move(*fields));
    }
  } catch (const Error& error) {
    // What follows a link that claims a size is no header: so it was data (L16).
    const bool first_block = header.size() <= 2 * block_bytes && extensions == 0;
    const Diagnostic* const diagnostic = error.diagnostic();
    if (!data_may_follow || !first_block || diagnostic == nullptr ||
        (diagnostic->code != DiagnosticCode::bad_header &&
         diagnostic->code != DiagnosticCode::zero_gap)) {
      throw;
    }
    throw Error(reject(DiagnosticCode::hl_data, "L16", "link entry with data", previous));
  }
  return nullptr;
}

void TarReader::State::reject_block(std::string_view problem) const {
  const std::string where = " (at byte " + std::to_string(position - block_bytes) + ")";
  throw Error(reject(DiagnosticCode::bad_header, "S05", std::string(problem) + where));
}

// Whether the block just read is an extension header; its records are kept then.
bool TarReader::State::take_extension(const HeaderFields& fields) {
  switch (fields.type) {
    case 'x':
      take_records(read_extension(fields));
      break;
    case 'g':
      take_global_records(read_extension(fields));
      return true;
    case 'L':
    case 'K': {
      const std::string_view text = read_extension(fields);
      const std::string_view name = text.substr(0, text.find('\0'));
      (fields.type == 'L' ? pending.long_name : pending.long_link_name) = name;
      break;
    }
    default:
      return false;
  }
  ++extensions;
  return true;
}

// The text of an extension header, a view into `header`. Its size is that of its own header: a pax
// `size` binds to the file entry only (M02, T18).
std::string_view TarReader::State::read_extension(const HeaderFields& fields) {
  const auto size = static_cast<std::uint64_t>(fields.size_bytes);
  if (size > limits::extension_header_bytes ||
      header.size() + size > limits::extension_headers_of_a_member_bytes) {
    throw Error(
        reject(DiagnosticCode::meta_size, "M22", "extension header is over 1 MiB", fields.name));
  }
  if (append_to_header(size) < size) throw truncated("an extension header");
  const std::uint64_t gap = append_to_header(padding_of(size));
  return std::string_view(header).substr(header.size() - gap - size, size);
}

// Of two extension headers in a row runtimes read the last one only: Go's reader begins anew with
// each (M02; measured with umoci 0.4.7).
void TarReader::State::take_records(std::string_view text) {
  PaxRecords records(text);
  const bool repeated = record_headers++ > 0;
  if (repeated || records.is_odd()) {
    report(observer, DiagnosticCode::pax_odd, DiagnosticLevel::note, "M02", records.find("path"),
           repeated ? "two extension headers in a row" : "key twice or without a value");
  }
  pending.records = std::move(records);
}

void TarReader::State::take_global_records(std::string_view text) {
  const PaxRecords records(text);
  const auto is_comment = [](const PaxRecord& record) { return record.key == "comment"; };
  if (!std::all_of(records.all().begin(), records.all().end(), is_comment)) {
    report(observer, DiagnosticCode::pax_global, DiagnosticLevel::warning, "M01", {},
           "global extension header", "runtimes ignore it, umoci fails, GNU tar applies it");
  }
  // To runtimes it is an entry of its own: what was said before it is forgotten.
  report_pending();
  global_header_seen = true;
  start_member();
}

const Member* TarReader::State::finish_member(HeaderFields fields) {
  const bool has_size = fields.size_bytes != 0 || !pending.records.find("size").empty();
  claims_ignored_size = (fields.type == '1' || fields.type == '2') && has_size;
  pending.fields = std::move(fields);
  pending.after_global_header = global_header_seen;
  const std::uint64_t offset = member.offset_bytes;
  BuiltMember built = build_member(pending, observer);
  member = std::move(built.member);
  member.offset_bytes = offset;
  body_left = member.stored_bytes;
  padding = padding_of(member.stored_bytes);
  read_sparse_map(built.sparse);
  member.body_offset_bytes = position;
  return &member;
}

// The map of form 1.0 lies before the data; it is taken as a part of the header.
void TarReader::State::read_sparse_map(SparseForm form) {
  if (form != SparseForm::in_records && form != SparseForm::in_body) return;
  if (form == SparseForm::in_records) {
    member.sparse = sparse_runs(pending.records, member.path);
  } else {
    SparseMapReader map;
    while (!map.complete()) {
      if (body_left < block_bytes) {
        throw Error(
            reject(DiagnosticCode::pax_bad, "M20", "map of a sparse file is cut", member.path));
      }
      if (append_to_header(block_bytes) < block_bytes)
        throw truncated("a sparse file", member.path);
      body_left -= block_bytes;
      map.feed(as_bytes(header).last(block_bytes), member.path);
    }
    member.sparse = std::move(map).take();
    member.stored_bytes = body_left;
  }
  check_sparse_runs(member.sparse, member.size_bytes, member.stored_bytes, member.path);
}

void TarReader::State::report_pending() {
  if (extensions == 0) return;
  report(observer, DiagnosticCode::pax_odd, DiagnosticLevel::note, "M23",
         pending.records.find("path"), "extension header without an entry");
}

void TarReader::State::end_without_mark() {
  if (position > 0) {  // an empty archive is complete (S01)
    report(observer, DiagnosticCode::no_eof, DiagnosticLevel::note, "S02", {},
           "archive without its end mark");
  }
  end();
}

void TarReader::State::end_at_zero_block() {
  const std::uint64_t count = append_to_header(block_bytes);
  if (count == 0) return end_without_mark();
  if (count < block_bytes) throw truncated("its end mark");
  if (!is_zero_block(as_bytes(header).last(block_bytes))) {
    throw Error(reject(DiagnosticCode::zero_gap, "S03", "entries after one zero block"));
  }
  bool zeros = true;
  for (ByteView bytes = take(buffer_bytes); !bytes.empty(); bytes = take(buffer_bytes)) {
    zeros = zeros && is_zero_block(bytes);
  }
  if (!zeros) {
    if (claims_ignored_size && extensions == 0) {  // zeros that were a link's data (L16)
      throw Error(reject(DiagnosticCode::zero_gap, "S03", "entries after the end mark"));
    }
    report(observer, DiagnosticCode::trailing_data, DiagnosticLevel::warning, "S04", {},
           "bytes after the end of the archive", "every reader ignores them");
  }
  end();
}

void TarReader::State::end() {
  report_pending();
  header.clear();
  ended = true;
}

TarReader::TarReader(Source& source, Observer& observer)
    : state_(std::make_unique<State>(source, observer)) {}
TarReader::~TarReader() = default;

const Member* TarReader::next() {
  return state_->next();
}

ByteView TarReader::body() {
  return state_->body();
}

std::uint64_t TarReader::position_bytes() const noexcept {
  return state_->position;
}

ByteView TarReader::header() const noexcept {
  return as_bytes(state_->header);
}

}  // namespace imgops
