// A record is "LENGTH KEY=VALUE\n", LENGTH being that of the whole record in decimal. Records
// follow each other without gaps. What Go's reader refuses is refused here in the same places,
// since a record that one program skips and another believes is how archives say two things (T18).
#include "libimgops/tar/pax.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace imgops {
namespace {

constexpr std::int64_t shortest_record_bytes = 5;
constexpr std::string_view sparse_offset = "GNU.sparse.offset";
constexpr std::string_view sparse_bytes = "GNU.sparse.numbytes";

[[noreturn]] void throw_malformed(std::string message) {
  throw Error(reject(DiagnosticCode::pax_bad, "M03", std::move(message)));
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

struct RecordView {
  std::string_view key;
  std::string_view value;
};

// Cuts the first record off `text`.
RecordView take_record(std::string_view& text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) throw_malformed("extension record without a length");
  const std::optional<std::int64_t> length = parse_pax_integer(text.substr(0, blank));
  if (!length || *length < shortest_record_bytes ||
      static_cast<std::uint64_t>(*length) > text.size() ||
      static_cast<std::uint64_t>(*length) <= blank + 1) {
    throw_malformed("extension record with a wrong length");
  }
  const std::string_view record = text.substr(0, static_cast<std::size_t>(*length));
  text.remove_prefix(record.size());
  if (record.back() != '\n') throw_malformed("extension record that does not end in a line feed");
  const std::string_view body = record.substr(blank + 1, record.size() - blank - 2);
  const std::size_t equals = body.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw_malformed("extension record without a key");
  }
  return {body.substr(0, equals), body.substr(equals + 1)};
}

void check_record(const RecordView& record) {
  if (record.key == "path" || record.key == "linkpath") {
    if (!has_nul(record.value)) return;
    throw Error(reject(DiagnosticCode::name_nul, "N08",
                       "NUL in the extension record \"" + std::string(record.key) + "\"",
                       std::string(record.value)));
  }
  const bool is_name = record.key == "uname" || record.key == "gname";
  if (has_nul(is_name ? record.value : record.key)) throw_malformed("NUL in an extension record");
}

// Form 0.0 repeats two keys in turn; as one value they are form 0.1.
class SparsePairs {
 public:
  // False for other records.
  bool take(const RecordView& record) {
    if (record.key != sparse_offset && record.key != sparse_bytes) return false;
    const std::string_view wanted = count_ % 2 == 0 ? sparse_offset : sparse_bytes;
    if (record.key != wanted || record.value.find(',') != std::string_view::npos) {
      throw_malformed("records of a sparse file in the wrong order");
    }
    if (count_++ > 0) map_ += ',';
    map_ += record.value;
    return true;
  }
  bool empty() const noexcept { return count_ == 0; }
  std::string map() && { return std::move(map_); }

 private:
  std::size_t count_ = 0;
  std::string map_;
};

}  // namespace

PaxRecords::PaxRecords(std::string_view text) {
  SparsePairs pairs;
  while (!text.empty()) {
    const RecordView record = take_record(text);
    check_record(record);
    if (pairs.take(record)) continue;
    if (record.value.empty()) odd_ = true;
    records_.push_back({std::string(record.key), std::string(record.value)});
  }
  if (!pairs.empty()) records_.push_back({"GNU.sparse.map", std::move(pairs).map()});
  keep_last_of_each_key();
}

void PaxRecords::keep_last_of_each_key() {
  std::stable_sort(
      records_.begin(), records_.end(),
      [](const PaxRecord& left, const PaxRecord& right) { return left.key < right.key; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (i + 1 < records_.size() && records_[i].key == records_[i + 1].key) {
      odd_ = true;
      continue;
    }
    if (kept != i) records_[kept] = std::move(records_[i]);
    ++kept;
  }
  records_.resize(kept);
}

std::string_view PaxRecords::find(std::string_view key) const {
  const auto at = std::lower_bound(
      records_.begin(), records_.end(), key,
      [](const PaxRecord& record, std::string_view name) { return record.key < name; });
  return at != records_.end() && at->key == key ? std::string_view(at->value) : std::string_view();
}

std::optional<std::int64_t> parse_pax_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

std::optional<Timestamp> parse_pax_time(std::string_view text) {
  constexpr std::size_t counted_digits = 9;
  constexpr std::uint32_t nanoseconds_of_a_second = 1'000'000'000;
  const std::size_t point = text.find('.');
  const std::optional<std::int64_t> seconds = parse_pax_integer(text.substr(0, point));
  if (!seconds) return std::nullopt;
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (fraction.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint32_t nanoseconds = 0;
  for (std::size_t i = 0; i < counted_digits; ++i) {
    const auto digit = i < fraction.size() ? static_cast<std::uint32_t>(fraction[i] - '0') : 0;
    nanoseconds = nanoseconds * 10 + digit;
  }
  if (nanoseconds == 0 || !text.starts_with('-')) return Timestamp{*seconds, nanoseconds};
  if (*seconds == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return Timestamp{*seconds - 1, nanoseconds_of_a_second - nanoseconds};
}

}  // namespace imgops
