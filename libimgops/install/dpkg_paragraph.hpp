// A package's paragraph of dpkg's database, made from its control document. Private to
// install_packages. Source: deb-control(5); the order of fields of dpkg 1.21.
#pragma once

#include "libimgops/packages/control_file.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// "/etc/x" -> its md5 in hexadecimal, with " obsolete" behind it for one that the package no longer
// has; in the order of the field.
using Conffiles = std::vector<std::pair<std::string, std::string>>;
// Of the field Conffiles; lines that cannot be read are left out.
Conffiles parse_conffiles(std::string_view value);

// `control` with Status and Conffiles, fields as dpkg sorts them. `status` is "install ok
// installed"; empty for status.d, which has neither.
Paragraph make_dpkg_paragraph(const Paragraph& control, std::string_view status,
                              const Conffiles& conffiles, std::string separator);

// Whether it is a name a package may have; it becomes part of names of files.
bool is_package_name(std::string_view name) noexcept;

}  // namespace imgops
