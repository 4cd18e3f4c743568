#include "libimgops/transfer/archive_library.hpp"

#include "libimgops/transfer/shared_library.hpp"

namespace imgops {
namespace {

ArchiveLibrary load() {
  const SharedLibrary library("libarchive.so.13", "reading such an archive", "libarchive13");
  ArchiveLibrary archive;
  library.find("archive_read_new", archive.read_new);
  library.find("archive_read_free", archive.read_free);
  library.find("archive_read_support_filter_bzip2", archive.read_support_filter_bzip2);
  library.find("archive_read_support_filter_compress", archive.read_support_filter_compress);
  library.find("archive_read_support_filter_lz4", archive.read_support_filter_lz4);
  library.find("archive_read_support_filter_lzip", archive.read_support_filter_lzip);
  library.find("archive_read_support_filter_xz", archive.read_support_filter_xz);
  library.find("archive_read_support_format_raw", archive.read_support_format_raw);
  library.find("archive_read_support_format_empty", archive.read_support_format_empty);
  library.find("archive_read_open", archive.read_open);
  library.find("archive_read_next_header", archive.read_next_header);
  library.find("archive_read_data", archive.read_data);
  library.find("archive_filter_code", archive.filter_code);
  library.find("archive_set_error", archive.set_error);
  library.find("archive_error_string", archive.error_string);
  return archive;
}

}  // namespace

const ArchiveLibrary& archive_library() {
  static const ArchiveLibrary archive = load();
  return archive;
}

}  // namespace imgops
