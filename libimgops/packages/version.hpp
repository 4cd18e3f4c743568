// Which version of a package is later. Source: deb-version(7); apk's package format.
#pragma once

#include <compare>
#include <string_view>

namespace imgops {

// [epoch:]upstream[-revision]; any text has its place.
std::strong_ordering compare_dpkg_versions(std::string_view left, std::string_view right) noexcept;

// Whether dpkg takes it for a version: "[digits:]" and then one or more letters, digits and .+~:-
bool is_dpkg_version(std::string_view text) noexcept;

// number{.number}[letter]{_suffix[number]}[-rnumber]: "1.2.3_rc1-r0". What follows a part that is
// no such version is compared as text.
std::strong_ordering compare_apk_versions(std::string_view left, std::string_view right) noexcept;

// Whether it can be a version of apk's: a digit, then letters, digits and ._~+-
bool is_apk_version(std::string_view text) noexcept;

}  // namespace imgops
