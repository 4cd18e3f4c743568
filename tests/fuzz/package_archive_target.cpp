#include "libimgops/base/error.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "libimgops/layer/package_archive.hpp"
#include "tests/fuzz/targets.hpp"

#include <memory>

namespace imgops::fuzz {
namespace {

// Packages packed otherwise are unpacked by somebody else.
std::shared_ptr<const RandomAccess> as_it_is(std::shared_ptr<const RandomAccess> bytes,
                                             std::uint64_t) {
  return bytes;
}

bool is_meant(const Error& error) {
  return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported;
}

}  // namespace

void package(std::string_view bytes) {
  const auto file = std::make_shared<const StringAccess>(std::string(bytes));
  for (const PackageFormat format : {PackageFormat::deb, PackageFormat::apk}) {
    try {
      const PackageArchive archive = read_package(file, format, as_it_is, "package");
      require(archive.data->size_bytes() <= bytes.size(), "files are a part of the package");
      SilentObserver silent;
      read_archive(archive.data, silent);
    } catch (const Error& error) {
      require(is_meant(error), "packages are corrupt, unsupported or sound");
    }
  }
  static_cast<void>(detect_package(*file));
}

}  // namespace imgops::fuzz
