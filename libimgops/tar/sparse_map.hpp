// The maps of sparse files in their three pax forms. Private to `tar`.
// Source: GNU tar manual, "Storing Sparse Files"; semantics M20, security §4.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/tar/pax.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class SparseForm : std::uint8_t {
  none,
  unknown,     // a version that runtimes take for an ordinary file
  in_records,  // 0.0 and 0.1
  in_body      // 1.0: the map is the first blocks of the data
};

SparseForm sparse_form(const PaxRecords& records);

// The map of forms 0.0 and 0.1. Throws Error(corrupt) with PAX-BAD.
std::vector<SparseRun> sparse_runs(const PaxRecords& records, const std::string& path);

// The map of form 1.0, fed with blocks of 512 bytes as long as it wants more.
class SparseMapReader {
 public:
  // Throws Error(corrupt): PAX-BAD, or META-SIZE when the map is larger than the limit.
  void feed(ByteView block, const std::string& path);
  bool complete() const noexcept { return complete_; }
  std::vector<SparseRun> take() && { return std::move(runs_); }

 private:
  void number(const std::string& path);

  std::string digits_;
  std::uint64_t bytes_ = 0;
  std::optional<std::uint64_t> runs_left_;
  std::optional<std::uint64_t> offset_;
  std::vector<SparseRun> runs_;
  bool complete_ = false;
};

// Throws Error(corrupt) with PAX-BAD unless the runs are in order, apart, inside a file of
// `size_bytes`, and together `stored_bytes` long. A file that is all hole gets one empty run at its
// end, so that it is known as sparse.
void check_sparse_runs(std::vector<SparseRun>& runs, std::uint64_t size_bytes,
                       std::uint64_t stored_bytes, const std::string& path);

}  // namespace imgops
