#include "libimgops/install/package_architecture.hpp"

#include <array>
#include <span>

namespace imgops {
namespace {

struct Name {
  std::string_view package;
  std::string_view architecture;
  std::string_view variant;  // empty: any
};

constexpr auto names_of_dpkg = std::to_array<Name>({{"armel", "arm", "v5"},
                                                    {"armhf", "arm", "v7"},
                                                    {"i386", "386", ""},
                                                    {"mips64el", "mips64le", ""},
                                                    {"mipsel", "mipsle", ""},
                                                    {"ppc64el", "ppc64le", ""}});

constexpr auto names_of_apk = std::to_array<Name>({{"aarch64", "arm64", ""},
                                                   {"armel", "arm", "v5"},
                                                   {"armhf", "arm", "v6"},
                                                   {"armv7", "arm", "v7"},
                                                   {"loongarch64", "loong64", ""},
                                                   {"mips64el", "mips64le", ""},
                                                   {"mipsel", "mipsle", ""},
                                                   {"x86", "386", ""},
                                                   {"x86_64", "amd64", ""}});

}  // namespace

bool is_for(PackageFormat format, std::string_view architecture, const Platform& platform) {
  const bool is_deb = format == PackageFormat::deb;
  if (architecture == (is_deb ? "all" : "noarch")) return true;
  const std::span<const Name> names =
      is_deb ? std::span<const Name>(names_of_dpkg) : std::span<const Name>(names_of_apk);
  for (const Name& name : names) {
    if (name.package != architecture) continue;
    return name.architecture == platform.architecture &&
           (name.variant.empty() || platform.variant.empty() || name.variant == platform.variant);
  }
  return architecture == platform.architecture;
}

}  // namespace imgops
