// The rules for every layer imgops writes (semantics W01–W13), checked on the finished archive.
#pragma once

#include "tests/semantics/naive_tar.hpp"
#include "tests/semantics/plain_tree.hpp"

#include <string>
#include <vector>

namespace imgops::test {

// One line a violation. `written` makes `upper` out of `lower`; `sources` are the archives it may
// copy members from, as far as they can be taken apart.
std::vector<std::string> violations(const naive::TarArchive& written, const PlainTree& lower,
                                    const PlainTree& upper,
                                    const std::vector<naive::TarArchive>& sources);

// Whether `member` stands in one of `sources`, byte for byte.
bool is_verbatim(const naive::TarMember& member, const std::vector<naive::TarArchive>& sources);

// "a/b" of the stored names "a/b" and "a/b/"; "" of the root "./".
std::string path_of(const story::Member& member);

}  // namespace imgops::test
