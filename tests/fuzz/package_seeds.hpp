// Sound documents of package databases, accounts and programs, for the targets that read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgops::fuzz {

// Empty for targets of other rooms. Targets that merge take three texts with a byte of 0xff
// between.
std::vector<std::string> package_seeds(std::string_view target);

inline constexpr char between_texts = '\xff';

}  // namespace imgops::fuzz
