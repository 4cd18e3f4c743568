#include "libimgops/repository/layout_documents.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/store/blob_store.hpp"

#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t marker_limit_bytes = 64ULL << 10;

Error bad_layout(const std::filesystem::path& layout, const std::string& what) {
  return Error(reject(DiagnosticCode::layout, "J14", printable(layout.string()) + ": " + what));
}

}  // namespace

void require_layout(const std::filesystem::path& layout) {
  const auto text = read_file(layout_marker_path(layout), marker_limit_bytes);
  if (!text) {
    std::error_code error;
    if (std::filesystem::exists(layout_index_path(layout), error)) {
      throw bad_layout(layout, "the file oci-layout is missing");
    }
    throw Error(ErrorKind::not_found, printable(layout.string()) + ": no image layout",
                "imgops init makes one");
  }
  const std::string subject = printable(layout_marker_path(layout).string());
  try {
    const Json marker = parse_json(*text, subject);
    const std::string version =
        string_field(require_object(marker, subject), "imageLayoutVersion", subject);
    if (version == "1.0.0") return;
    throw bad_layout(layout, "is of version \"" + printable(version) + "\", not 1.0.0");
  } catch (const Error& error) {
    if (error.diagnostic() != nullptr) throw;
    throw bad_layout(layout, error.what());
  }
}

std::string read_layout_index_text(const std::filesystem::path& layout) {
  auto text = read_file(layout_index_path(layout), manifest_limit_bytes);
  if (!text) throw bad_layout(layout, "index.json is missing");
  return *std::move(text);
}

Index parse_layout_index(const std::filesystem::path& layout, std::string text) {
  return Index::parse(std::move(text), printable(layout_index_path(layout).string()));
}

}  // namespace imgops
