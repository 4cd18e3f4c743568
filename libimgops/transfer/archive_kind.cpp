// Judged by names alone. A plain tar is crossed header by header; a packed one has to be unpacked
// as far as it takes, which is not far for file systems: their usual directories decide at once.
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/transfer/archive_images.hpp"
#include "libimgops/transfer/outer_archive.hpp"
#include "libimgops/transfer/spool.hpp"

#include <algorithm>
#include <array>

namespace imgops {
namespace {

constexpr std::size_t most_names = 200'000;

class Judge {
 public:
  // Says stop when no further name can change the answer.
  Visit see(std::string_view path) {
    constexpr auto usual = std::to_array<std::string_view>(
        {"bin", "boot", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "root", "run", "sbin",
         "sys", "tmp", "usr", "var"});
    if (path == "manifest.json") {
      kind_ = ArchiveKind::docker_archive;
      return Visit::stop;
    }
    if (path == "oci-layout" || path == "index.json") kind_ = ArchiveKind::oci_archive;
    const std::string_view top = path.substr(0, path.find('/'));
    if (std::find(usual.begin(), usual.end(), top) != usual.end()) {
      kind_ = ArchiveKind::root_file_system;
      return Visit::stop;
    }
    return ++seen_ < most_names ? Visit::go_on : Visit::stop;
  }
  ArchiveKind kind() const { return kind_; }

 private:
  ArchiveKind kind_ = ArchiveKind::root_file_system;
  std::size_t seen_ = 0;
};

}  // namespace

ArchiveKind archive_kind(const RandomAccess& file) {
  const std::shared_ptr<const RandomAccess> bytes(std::shared_ptr<const void>(), &file);
  SilentObserver observer;
  Judge judge;
  if (detect_packing(file) == Packing::none) {
    for_each_member(bytes, observer, [&](const Member& member) { return judge.see(member.path); });
    return judge.kind();
  }
  const auto source = open_unpacked(bytes);
  TarReader reader(*source, observer);
  while (const Member* const member = reader.next()) {
    if (judge.see(member->path) == Visit::stop) break;
  }
  return judge.kind();
}

}  // namespace imgops
