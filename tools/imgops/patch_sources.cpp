#include "tools/imgops/patch_sources.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/selection.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace imgops::cli {
namespace {

bool is_on_this_machine(const std::string& word) {
  const auto exists = [](const std::string& path) {
    std::error_code failure;
    return std::filesystem::exists(std::filesystem::symlink_status(path, failure));
  };
  if (exists(word)) return true;
  const std::size_t split = word.rfind(":/");
  return split != std::string::npos && split != 0 && exists(word.substr(0, split));
}

// Nullopt for anything else.
std::optional<PackageFile> open_package(Context& context, ResultWriter& writer,
                                        const std::string& word) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(word, failure)) return std::nullopt;
  const auto file = open_user_bytes(context, word);
  const std::optional<PackageFormat> format = detect_package(*file);
  if (!format) return std::nullopt;
  const std::string name = std::filesystem::path(word).filename().string();
  const Unpack unpack = [&context](std::shared_ptr<const RandomAccess> packed,
                                   std::uint64_t most_bytes) {
    return unpacked_for_layers(context, packed, most_bytes);
  };
  PackageArchive archive = read_package(file, *format, unpack, printable(name));
  auto files = open_archive(context, writer, archive.data, printable(name));
  return PackageFile{name, std::move(archive), std::move(files)};
}

}  // namespace

PatchMaterial patch_material(Context& context, const Options& options, ResultWriter& writer) {
  PatchMaterial material;
  material.image = options.text("to");
  const std::vector<std::string> words = options.list("SOURCE");
  if (words.empty() && !material.image) {
    throw Error(ErrorKind::invalid_argument, "missing SOURCE",
                "a directory, an archive, FILE:/DEST, a .deb or .apk, or --to IMAGE");
  }
  const HostScanOptions scan = scan_options(options, context.environment());
  for (const std::string& word : words) {
    if (!is_on_this_machine(word) && words.size() == 1 && !material.image) {
      material.image = word;
      break;
    }
    if (material.image) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("{}: an image that is patched already takes no other sources",
                              printable(*material.image)));
    }
    if (auto package = open_package(context, writer, word)) {
      material.packages.push_back(std::move(*package));
      continue;
    }
    material.files.push_back(
        {word, open_append_source(context, writer, parse_append_source(word), scan)});
  }
  return material;
}

}  // namespace imgops::cli
