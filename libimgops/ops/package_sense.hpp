// Whether a merged tree still makes sense to its package managers and to the loader of programs.
// Nothing is executed. Source: command-line §8.3.
#pragma once

#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// The three sides of a merge and what came of it; all outlive the question.
struct MergedTrees {
  const Tree& base;
  const Tree& ours;
  const Tree& theirs;
  const Tree& merged;
};

enum class PackageProblemKind : std::uint8_t {
  dependency,     // what a package needs is no longer there
  conflict,       // a package that another does not bear is now there
  shared_object,  // a library that a program or library needs is no longer found
  interpreter,    // the loader that a program names is no longer there
  database        // the merged database cannot be read
};
std::string_view name(PackageProblemKind kind) noexcept;  // "dependency", "shared-object" …

struct PackageProblem {
  PackageProblemKind kind{};
  std::string subject;  // a package's name; the path of a file, canonical
  std::string needs;    // the dependency; the library's name; the loader's path
  std::string text;     // for people, one printable line
  friend auto operator<=>(const PackageProblem&, const PackageProblem&) = default;
};

// What was in order in ours or in theirs and is not in merged; sorted, each once. Databases are
// those of dpkg and apk; where ours has none that can be read, nothing is said about packages. Of
// programs and libraries those are looked at that ours has and the base has not: headers, dynamic
// tables and names of ELF files, a file of at most 8 MiB at a time in memory for each thread.
// Throws what reading layers throws, Error(cancelled).
std::vector<PackageProblem> package_problems(const Operation& operation, const MergedTrees& trees);

// An rpm database that both sides changed and that is not one file on both, so that the merge of
// trees sees no clash: one sentence that names both. Nullopt otherwise.
std::optional<std::string> rpm_clash(const Operation& operation, const Tree& base, const Tree& ours,
                                     const Tree& theirs);

}  // namespace imgops
