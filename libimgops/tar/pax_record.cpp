#include "libimgops/tar/pax_record.hpp"

#include "libimgops/tar/header_block.hpp"
#include "libimgops/tar/pax.hpp"

#include <algorithm>
#include <cstdint>

namespace imgops {
namespace {

constexpr std::uint64_t block_bytes = 512;

}  // namespace

std::string find_pax_record(ByteView headers, std::string_view key) {
  std::string value;
  while (headers.size() >= block_bytes) {
    std::string_view problem;
    const auto fields = parse_header_block(headers.first(block_bytes), problem);
    headers = headers.subspan(block_bytes);
    if (!fields || std::string_view("xgLK").find(fields->type) == std::string_view::npos) break;
    const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(fields->size_bytes, 0));
    if (size > headers.size()) break;
    if (fields->type == 'x') {
      value = PaxRecords(as_text(headers.first(static_cast<std::size_t>(size)))).find(key);
    }
    const std::uint64_t padded = (size + block_bytes - 1) / block_bytes * block_bytes;
    headers =
        headers.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(padded, headers.size())));
  }
  return value;
}

}  // namespace imgops
