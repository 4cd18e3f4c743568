#include "libimgops/install/maintainer_scripts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

struct Usual {
  std::string_view word;
  std::string_view work;
};

constexpr auto words = std::to_array<Usual>({
    {"ldconfig", "refreshes the cache of shared libraries"},
    {"update-alternatives", "sets links of alternatives"},
    {"systemctl", "reloads or starts services"},
    {"deb-systemd-helper", "enables services"},
    {"deb-systemd-invoke", "restarts services"},
    {"rc-update", "enables services"},
    {"update-rc.d", "enables services"},
    {"invoke-rc.d", "restarts services"},
    {"adduser", "makes users"},
    {"addgroup", "makes groups"},
    {"useradd", "makes users"},
    {"groupadd", "makes groups"},
    {"systemd-sysusers", "makes users"},
    {"py3compile", "compiles Python modules"},
    {"update-ca-certificates", "rebuilds the bundle of certificates"},
    {"db_get", "asks debconf"},
    {"db_input", "asks debconf"},
    {"rm_conffile", "removes an old configuration file"},
    {"mv_conffile", "moves a configuration file"},
    {"symlink_to_dir", "makes a directory of a link"},
    {"dir_to_symlink", "makes a link of a directory"},
    {"dpkg-divert", "diverts files"},
    {"setcap", "sets capabilities of programs"},
    {"dpkg-statoverride", "changes owners and modes"},
    {"update-initramfs", "rebuilds the initial file system"},
    {"chown", "changes owners"},
});

constexpr auto triggers = std::to_array<Usual>({
    {"ldconfig", "refreshes the cache of shared libraries"},
    {"update-ca-certificates", "rebuilds the bundle of certificates"},
    {"update-initramfs", "rebuilds the initial file system"},
    {"libc-upgrade", "restarts services that use the C library"},
    {"/usr/share/man", "indexes manual pages"},
    {"/usr/share/info", "indexes info pages"},
    {"/usr/share/applications", "indexes desktop entries"},
    {"/usr/share/mime", "indexes types of files"},
    {"/usr/share/glib-2.0/schemas", "compiles settings of programs"},
    {"/usr/lib/systemd", "reloads the service manager"},
    {"/lib/systemd", "reloads the service manager"},
    {"/usr/share/fonts", "indexes fonts"},
    {"/usr/share/icons", "indexes icons"},
    {"/usr/lib/python3", "compiles Python modules"},
});

constexpr auto script_names = std::to_array<std::string_view>(
    {"config", "postinst", "postrm", "preinst", "prerm", ".post-install", ".post-upgrade",
     ".pre-install", ".pre-upgrade", ".trigger"});

}  // namespace

std::vector<SkippedScript> scripts_of(const PackageArchive& package) {
  std::vector<SkippedScript> scripts;
  for (const auto& [name, member] : package.control) {
    if (std::ranges::find(script_names, name) == script_names.end()) continue;
    SkippedScript script{name, {}};
    for (const Usual& usual : words) {
      if (member.text.find(usual.word) == std::string::npos) continue;
      if (std::ranges::find(script.usual, usual.work) != script.usual.end()) continue;
      script.usual.emplace_back(usual.work);
    }
    scripts.push_back(std::move(script));
  }
  return scripts;
}

std::string_view usual_work_of_trigger(std::string_view name) {
  for (const Usual& usual : triggers) {
    if (name == usual.word) return usual.work;
    if (usual.word.starts_with('/') && name.starts_with(usual.word)) return usual.work;
  }
  return {};
}

}  // namespace imgops
