#include "tools/imgops/file_search.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"

#include <fmt/format.h>

#include <re2/re2.h>

namespace imgops::cli {
namespace {

re2::RE2::Options quiet_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // paths are bytes
  return options;
}

}  // namespace

struct FileSearch::Expression {
  re2::RE2 pattern;
};

FileSearch::FileSearch(const Options& options)
    : name_(options.text("name")),
      larger_(options.size_bytes("larger")),
      setuid_(options.flag("setuid")) {
  const auto text = options.text("regex");
  if (!text) return;
  expression_.reset(new Expression{re2::RE2(*text, quiet_options())});
  if (!expression_->pattern.ok()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--regex: {}", printable(expression_->pattern.error())));
  }
}

FileSearch::~FileSearch() = default;

bool FileSearch::matches(const ListedFile& file) const {
  if (file.kind == EntryKind::opaque) return false;
  if (name_) {
    const bool is_whole = name_->find('/') != std::string::npos;
    const std::string path = "/" + std::string(file.path);
    if (!matches_glob(*name_, is_whole ? std::string_view(path) : file_name(file.path)))
      return false;
  }
  if (expression_ != nullptr &&
      !re2::RE2::PartialMatch("/" + std::string(file.path), expression_->pattern)) {
    return false;
  }
  const Inode* const inode = file.inode;
  if (larger_ && (inode == nullptr || inode->type() != FileType::regular ||
                  inode->content().size_bytes <= *larger_)) {
    return false;
  }
  const bool is_privileged =
      inode != nullptr && inode->type() == FileType::regular && (inode->mode() & 06000U) != 0;
  return !setuid_ || is_privileged;
}

void search_tree(const SelectedImage& selected, const FileSearch& search,
                 const std::function<void(const ListedFile&)>& found) {
  const Tree tree = view_of(selected);
  for (const Node& node : tree.nodes()) {
    const ListedFile file = listed(node);
    if (!node.path().empty() && search.matches(file)) found(file);
  }
}

void search_layers(const SelectedImage& selected, const FileSearch& search,
                   const std::function<void(const ListedFile&)>& found) {
  const Operation operation = operation_of(selected);
  const auto layers = of_image(operation, selected.image(), [&] {
    return operation.layers.open(selected.image().layers(), operation.workers, operation.observer,
                                 operation.stop);
  });
  for (std::size_t at = 0; at < layers.size(); ++at) {
    for (const LayerEntry& entry : layers[at]->entries) {
      const ListedFile file = listed(entry, at);
      if (!entry.path.empty() && search.matches(file)) found(file);
    }
  }
}

}  // namespace imgops::cli
