#include "libimgops/tar/sparse_map.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/tar/limits.hpp"

namespace imgops {
namespace {

[[noreturn]] void throw_malformed(const std::string& path) {
  throw Error(reject(DiagnosticCode::pax_bad, "M20", "map of a sparse file is malformed", path));
}

std::uint64_t count_of(std::string_view text, const std::string& path) {
  const std::optional<std::int64_t> value = parse_pax_integer(text);
  if (!value || *value < 0) throw_malformed(path);
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

SparseForm sparse_form(const PaxRecords& records) {
  const std::string_view major = records.find("GNU.sparse.major");
  const std::string_view minor = records.find("GNU.sparse.minor");
  if (major == "0" && (minor == "0" || minor == "1")) return SparseForm::in_records;
  if (major == "1" && minor == "0") return SparseForm::in_body;
  if (!major.empty() || !minor.empty()) return SparseForm::unknown;
  return records.find("GNU.sparse.map").empty() ? SparseForm::none : SparseForm::in_records;
}

std::vector<SparseRun> sparse_runs(const PaxRecords& records, const std::string& path) {
  const std::uint64_t count = count_of(records.find("GNU.sparse.numblocks"), path);
  std::vector<SparseRun> runs;  // grows with the map, not with the count it claims
  const std::string_view map = records.find("GNU.sparse.map");
  std::size_t at = map.empty() ? std::string_view::npos : 0;
  const auto take = [&]() {
    if (at == std::string_view::npos) throw_malformed(path);
    const std::size_t comma = map.find(',', at);
    const std::uint64_t value = count_of(map.substr(at, comma - at), path);
    at = comma == std::string_view::npos ? comma : comma + 1;
    return value;
  };
  while (at != std::string_view::npos) {
    const std::uint64_t offset = take();
    runs.push_back({offset, take()});
  }
  if (runs.size() != count) throw_malformed(path);
  return runs;
}

void SparseMapReader::feed(ByteView block, const std::string& path) {
  bytes_ += block.size();
  if (bytes_ > limits::sparse_map_bytes) {
    throw Error(
        reject(DiagnosticCode::meta_size, "M20", "map of a sparse file is over 1 MiB", path));
  }
  for (const char character : as_text(block)) {
    if (complete_) return;  // the rest of the block is filling
    if (character == '\n') {
      number(path);
    } else {
      digits_ += character;
    }
  }
}

void SparseMapReader::number(const std::string& path) {
  const std::uint64_t value = count_of(digits_, path);
  digits_.clear();
  if (!runs_left_) {
    runs_left_ = value;
  } else if (!offset_) {
    offset_ = value;
  } else {
    runs_.push_back({*offset_, value});
    offset_.reset();
    --*runs_left_;
  }
  complete_ = *runs_left_ == 0;
}

void check_sparse_runs(std::vector<SparseRun>& runs, std::uint64_t size_bytes,
                       std::uint64_t stored_bytes, const std::string& path) {
  std::uint64_t end = 0;
  std::uint64_t data_bytes = 0;
  for (const SparseRun& run : runs) {  // no sum overflows: every number is below 2^63
    if (run.offset_bytes < end || run.offset_bytes + run.size_bytes > size_bytes) {
      throw_malformed(path);
    }
    end = run.offset_bytes + run.size_bytes;
    data_bytes += run.size_bytes;
  }
  if (data_bytes != stored_bytes) throw_malformed(path);
  if (runs.empty()) runs.push_back({size_bytes, 0});
}

}  // namespace imgops
