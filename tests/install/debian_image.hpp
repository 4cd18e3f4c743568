// An image of dpkg's with a package `library` 1, and packages for it, in memory.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/old_checksum.hpp"
#include "libimgops/install/install_packages.hpp"
#include "tests/ops/patch_workshop.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/made_package.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace imgops::testing {

inline std::string md5(std::string_view text) {
  const std::string value = old_checksum_of(OldChecksum::md5, text);
  return to_hexadecimal(as_bytes(value));
}

inline std::string status_of(std::string_view name, std::string_view version,
                             std::string_view more = {}) {
  return "Package: " + std::string(name) + "\nStatus: install ok installed\nMaintainer: a\n" +
         "Architecture: amd64\nVersion: " + std::string(version) + "\n" + std::string(more) +
         "Description: d\n\n";
}

// An image of dpkg's with a package `library` 1.
struct Debian {
  PatchWorkshop shop;
  LayerBuilder files;
  std::string status = status_of("library", "1", "Conffiles:\n /etc/conf " + md5("old") + "\n");
  std::string list = "/.\n/usr\n/usr/lib\n/usr/lib/library\n/usr/lib/gone\n/etc\n/etc/conf\n";

  Debian() {
    files.directory("usr")
        .directory("usr/lib")
        .file("usr/lib/library", "library 1")
        .file("usr/lib/gone", "gone")
        .symlink("lib", "usr/lib")
        .directory("etc")
        .directory("var")
        .directory("var/lib")
        .directory("var/lib/dpkg")
        .directory("var/lib/dpkg/info");
  }

  Tree tree() {
    files.file("var/lib/dpkg/status", status).file("var/lib/dpkg/info/library.list", list);
    const auto layer = files.build();
    return apply_layers(Tree(), std::span(&layer, 1), 0, shop.observer);
  }

  PackageFile open(const MadeDeb& deb) {
    auto archive = read_package(
        std::make_shared<StringAccess>(deb.bytes()), PackageFormat::deb,
        [](std::shared_ptr<const RandomAccess> bytes, std::uint64_t) { return bytes; },
        "library.deb");
    const Digest digest = write_document(shop.blobs, deb.data);
    const ImageLayer layer{
        Descriptor("application/vnd.oci.image.layer.v1.tar", digest, deb.data.size()),
        DiffId{digest}};
    return {"library.deb", std::move(archive),
            shop.cache.open(std::span(&layer, 1), shop.workers, shop.observer).front()};
  }

  InstalledPackages install(const MadeDeb& deb, const Tree& lower) {
    packages.push_back(open(deb));
    return install_packages(shop.operation, lower, std::span(&packages.back(), 1), 1);
  }
  std::string refusal(const MadeDeb& deb) {
    const Tree lower = tree();
    const auto error = error_of([&] { install(deb, lower); });
    return error && error->kind() == ErrorKind::conflict ? error->what() : "";
  }
  std::string text(const Tree& tree, std::string_view path) {
    const Node* const node = tree.find(path);
    return node == nullptr ? "(absent)"
                           : ContentReader(shop.cache).text(node->inode()->content(), 1 << 20);
  }

  std::deque<PackageFile> packages;
};

inline MadeDeb version_2(std::string_view more = {}) {
  return {{{"control", control_document("library", "2", more)},
           {"conffiles", "/etc/conf\n"},
           {"postinst", "#!/bin/sh\nldconfig\n"},
           {"triggers", "activate-noawait ldconfig\n"}},
          RawTar()
              .directory("./")
              .directory("./usr/")
              .directory("./usr/lib/")
              .file("./usr/lib/library", "library 2")
              .file("./usr/lib/added", "added")
              .directory("./etc/")
              .file("./etc/conf", "new")
              .end()};
}

// With a package `other` that has a file which library 2 brings too.
struct DebianWithOther : Debian {
  explicit DebianWithOther(std::string_view more = {}) {
    status += status_of("other", "1", more);
    files.file("usr/lib/added", "mine")
        .file("usr/lib/others", "mine")
        .file("var/lib/dpkg/info/other.list",
              "/.\n/usr\n/usr/lib\n/usr/lib/added\n/usr/lib/others\n");
  }
};

}  // namespace imgops::testing
