// A layer in memory, put together entry by entry: texts, markers, and entries of other indexes.
#pragma once

#include "libimgops/layer/layer_entry.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace imgops {

class MadeLayer {
 public:
  MadeLayer();

  // A plain file with this text.
  void add_text(std::string_view path, std::string text, std::uint16_t mode, Timestamp mtime);
  // As above, with owner, mode, time and xattrs of `like`.
  void add_text(std::string_view path, std::string text, const Inode& like);
  void add_whiteout(std::string_view path);
  // An entry of another index, which must outlive the layer, under `path`.
  void add_entry(EntryFields entry, std::string_view path, std::string_view link_path = {});

  bool is_empty() const noexcept { return index_->entries.empty(); }
  std::shared_ptr<const LayerIndex> take() { return index_; }

 private:
  void add_file(std::string_view path, const InodeFields& inode, std::string text);
  std::shared_ptr<LayerIndex> index_;
};

}  // namespace imgops
