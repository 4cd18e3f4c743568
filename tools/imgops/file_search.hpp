// Files of an image that answer to a description.
#pragma once

#include "tools/imgops/listing.hpp"
#include "tools/imgops/options.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops::cli {

// --name GLOB (of the last component, or of the whole path when it has a slash), --regex RE (RE2,
// anywhere in "/path"), --larger SIZE, --setuid; all that are given must hold. Throws
// Error(invalid_argument) for a bad expression.
class FileSearch {
 public:
  explicit FileSearch(const Options& options);
  ~FileSearch();
  bool matches(const ListedFile& file) const;

 private:
  struct Expression;
  std::optional<std::string> name_;
  std::unique_ptr<Expression> expression_;
  std::optional<std::uint64_t> larger_;
  bool setuid_ = false;
};

// Tells `found` about each match of the merged tree, by path; or of every layer, lowest first.
void search_tree(const SelectedImage& selected, const FileSearch& search,
                 const std::function<void(const ListedFile&)>& found);
void search_layers(const SelectedImage& selected, const FileSearch& search,
                   const std::function<void(const ListedFile&)>& found);

}  // namespace imgops::cli
