// libarchive, opened when an archive is first looked at that may be packed (shared_library.hpp).
// Private to the room.
#pragma once

#include <archive.h>

namespace imgops {

// The functions of libarchive that are used, as its manual has them, without "archive_" in front.
struct ArchiveLibrary {
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_support_filter_bzip2) read_support_filter_bzip2 = nullptr;
  decltype(&::archive_read_support_filter_compress) read_support_filter_compress = nullptr;
  decltype(&::archive_read_support_filter_lz4) read_support_filter_lz4 = nullptr;
  decltype(&::archive_read_support_filter_lzip) read_support_filter_lzip = nullptr;
  decltype(&::archive_read_support_filter_xz) read_support_filter_xz = nullptr;
  decltype(&::archive_read_support_format_raw) read_support_format_raw = nullptr;
  decltype(&::archive_read_support_format_empty) read_support_format_empty = nullptr;
  decltype(&::archive_read_open) read_open = nullptr;
  decltype(&::archive_read_next_header) read_next_header = nullptr;
  decltype(&::archive_read_data) read_data = nullptr;
  decltype(&::archive_filter_code) filter_code = nullptr;
  decltype(&::archive_set_error) set_error = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
};

// Throws Error(unavailable) when it is not installed. Thread-safe.
const ArchiveLibrary& archive_library();

}  // namespace imgops
