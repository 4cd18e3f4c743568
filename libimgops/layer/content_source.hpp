// The streams a ContentReader puts together: a span of an archive, its fingerprint checked, the
// holes of a sparse file filled.
#pragma once

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace imgops {

// For an archive that is not what its index says.
Error changed_archive(const LayerIndex& layer, const std::string& what);

// What `read` returns. Damage is found by decoders, which do not know whose bytes they read: it is
// said here.
template <class Read>
auto read_of_layer(const LayerIndex& layer, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr || !error.diagnostic()->layer.empty()) throw;
    Diagnostic diagnostic = *error.diagnostic();
    diagnostic.layer = layer.diff_id.digest.to_string();
    throw Error(std::move(diagnostic));
  }
}

// [offset, offset + size) of the archive of `layer`, which outlives it. Throws Error(corrupt) when
// the archive ends before.
class SpanSource final : public Source {
 public:
  SpanSource(std::shared_ptr<ArchiveCursor> cursor, const LayerIndex& layer,
             std::uint64_t offset_bytes, std::uint64_t size_bytes);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::shared_ptr<ArchiveCursor> cursor_;
  const LayerIndex& layer_;
  std::uint64_t offset_;
  std::uint64_t left_;
};

// Passes bytes of `layer` on; throws Error(corrupt) at their end unless they have the fingerprint.
class FingerprintedSource final : public Source {
 public:
  FingerprintedSource(std::unique_ptr<Source> source, const LayerIndex& layer,
                      const Fingerprint& expected);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> source_;
  const LayerIndex& layer_;
  FingerprintHasher hasher_;
  Fingerprint expected_;
  bool ended_ = false;
};

// Passes exactly `size_bytes` on; throws Error(conflict), naming `subject`, when there are fewer or
// more: a file of the host that changed since it was listed.
class SizedSource final : public Source {
 public:
  SizedSource(std::unique_ptr<Source> source, std::uint64_t size_bytes, std::string subject);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> source_;
  std::uint64_t left_;
  std::string subject_;
};

// A sparse file of `size_bytes` from its runs, which `source` gives one after the other; `source`
// is read to its end. `runs` must outlive it; by offset, not overlapping, inside the file.
class SparseSource final : public Source {
 public:
  SparseSource(std::unique_ptr<Source> source, const std::vector<SparseRun>& runs,
               std::uint64_t size_bytes);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::size_t read_run(std::span<std::byte> buffer, std::uint64_t run_end);

  std::unique_ptr<Source> source_;
  const std::vector<SparseRun>& runs_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::size_t run_ = 0;  // the first that does not end before at_
};

}  // namespace imgops
