#include "libimgops/ops/generated_files.hpp"

#include "libimgops/base/glob.hpp"

#include <algorithm>
#include <array>

namespace imgops {
namespace {

// What apt, dpkg and the triggers of common packages leave behind, so that an app installed by apt
// moves between two point releases of its base without a conflict nobody can decide.
constexpr auto files = std::to_array<GeneratedFile>({
    // The copy of a database as it was before the last change; nothing reads it.
    {"var/lib/dpkg/*-old", ""},
    {"var/cache/debconf/*-old", ""},
    {"var/lib/ucf/*.[0-9]", ""},
    {"var/backups/**", ""},
    // dselect's list of packages to be had, from what apt downloaded last.
    {"var/lib/dpkg/available", ""},
    // What apt downloaded; apt proves it by signature and fetches what is stale.
    {"var/lib/apt/lists/**", ""},
    // Python compares with the time and size of the source and compiles in memory otherwise.
    {"**/__pycache__/*.pyc", ""},
    // The loader finds libraries of its default directories without its cache, others not.
    {"etc/ld.so.cache", "ldconfig"},
    // Each lists files of several packages; those of one side are missing in the other's.
    {"usr/share/mime/*", "update-mime-database /usr/share/mime"},
    {"usr/share/icons/*/icon-theme.cache", "gtk-update-icon-cache"},
    {"usr/share/applications/mimeinfo.cache", "update-desktop-database"},
    {"usr/lib/**/gdk-pixbuf-2.0/*/loaders.cache", "gdk-pixbuf-query-loaders --update-cache"},
    {"usr/lib/**/gio/modules/giomodule.cache", "gio-querymodules"},
    {"usr/share/glib-2.0/schemas/gschemas.compiled", "glib-compile-schemas"},
    {"usr/lib/locale/locale-archive", "locale-gen"},
    {"usr/share/info/dir", "install-info"},
    {"usr/share/info/dir.old", ""},
    {"var/lib/systemd/catalog/database", "journalctl --update-catalog"},
    {"etc/udev/hwdb.bin", "systemd-hwdb update"},
    {"usr/lib/udev/hwdb.bin", "systemd-hwdb update --usr"},
    // The rest of it may be deleted at any time (File Hierarchy Standard 3.0, §5.5). debconf's,
    // which
    // may not, has a driver before this one.
    {"var/cache/**", ""},
});

}  // namespace

const GeneratedFile* find_generated_file(std::string_view path) noexcept {
  const auto found = std::ranges::find_if(
      files, [&](const GeneratedFile& file) { return matches_glob(file.glob, path); });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace imgops
