// What a member of an archive says to the naive model, once names, extension records and markers
// are understood: rows N and M, and the first half of U.
#pragma once

#include "tests/semantics/naive_model.hpp"

#include <string>
#include <vector>

namespace imgops::naive {

struct Saying {
  enum class Kind {
    file,
    hard_link,
    whiteout,  // `path` is what vanishes
    opaque,    // `path` is the directory
    pool       // a file only links can name (U20)
  };
  Kind kind = Kind::file;
  std::string path;
  std::string link;  // of hard links: canonical
  File file;
};

// In the order of the archive. Throws Rejected for the first that cannot be.
std::vector<Saying> understand(const std::vector<story::Member>& members);

// "a/b" of "a/b/c".
std::string parent_of(const std::string& path);
std::string joined(const std::string& directory, const std::string& name);
std::vector<std::string> components_of(const std::string& path);

}  // namespace imgops::naive
