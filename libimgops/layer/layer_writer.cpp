// Members are written one after the other (member_writer.hpp) into an archive that is hashed and
// compressed on its way into the blob.
#include "libimgops/layer/layer_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/layer/layer_output.hpp"
#include "libimgops/layer/member_writer.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <string>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t progress_step_bytes = 4 << 20;

// The bytes of bodies a plan names, for progress.
std::uint64_t body_bytes(std::span<const PlannedMember> plan) {
  std::uint64_t total = 0;
  for (const PlannedMember& member : plan) {
    if (member.kind() == EntryKind::file) total += member.inode()->content().size_bytes;
  }
  return total;
}

void write_members(std::span<const PlannedMember> plan, MemberWriter& writer, Observer& observer,
                   const std::stop_token& stop) {
  const std::uint64_t total = body_bytes(plan);
  std::uint64_t done = 0;
  std::uint64_t told = 0;
  for (std::span<const PlannedMember> rest = plan; !rest.empty(); rest = rest.subspan(1)) {
    const PlannedMember& member = rest.front();
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    writer.write_front(rest);
    if (member.kind() == EntryKind::file) done += member.inode()->content().size_bytes;
    if (done - told < progress_step_bytes) continue;
    observer.progress("write", "layer", done, total);
    told = done;
  }
  observer.progress("write", "layer", total, total);
}

}  // namespace

WrittenLayer write_layer(BlobStore& blobs, std::span<const PlannedMember> plan, LayerCache& cache,
                         Workers& workers, Observer& observer, const EncoderOptions& encoder,
                         MediaFamily family, const std::stop_token& stop) {
  LayerOutput output(blobs, workers, encoder, family, stop);
  MemberWriter writer(cache, output);
  writer.expect(plan);
  write_members(plan, writer, observer, stop);
  output.archive().write(as_bytes(tar_end()));
  return output.finish();
}

}  // namespace imgops
