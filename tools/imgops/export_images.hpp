// Images, revisions and ranges gathered for one archive.
#pragma once

#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/transfer/archive_writer.hpp"
#include "tools/imgops/blob_views.hpp"
#include "tools/imgops/selection.hpp"

#include <string>
#include <vector>

namespace imgops::cli {

// Refs are exported whole, all platforms; revisions, ranges and with --platform single images. A
// range becomes an image of its layers alone, without a name.
class ExportList {
 public:
  explicit ExportList(Context& context) : context_(context) {}
  void add(const std::string& word);

  const std::vector<ExportedName>& names() const noexcept { return names_; }
  // All places that images came from, and the documents made here.
  JoinedBlobs blobs() const;

 private:
  void add_image(std::string name, const Image& image);
  Context& context_;
  std::vector<const BlobSource*> sources_;
  MemoryBlobs documents_;
  std::vector<ExportedName> names_;
};

// One image or range as it would be exported, for its root file system.
SelectedImage select_for_export(Context& context, const std::string& word);

}  // namespace imgops::cli
