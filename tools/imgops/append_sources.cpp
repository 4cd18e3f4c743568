// An archive of the user is offered to the layer cache as a blob like any other, known by its
// digest and DiffId, so that its members can be copied from where they lie.
#include "tools/imgops/append_sources.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/transfer/spool.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace imgops::cli {
namespace {

std::string canonical_destination(std::string_view spelling, const std::string& word) {
  auto path = canonical_path(spelling);
  if (!path) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: leads out of the image", printable(word)));
  }
  return std::move(*path);
}

std::uint32_t parse_id(std::string_view text, int base) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorKind::invalid_argument, fmt::format("'{}' is no number", printable(text)));
  }
  return id;
}

Compression compression_of(const RandomAccess& file) {
  std::array<std::byte, 8> first{};
  const std::size_t size = file.read_at(0, first);
  return detect_compression(std::span(first).first(size));
}

}  // namespace

std::shared_ptr<const RandomAccess> open_user_bytes(Context& context, const std::string& path) {
  return std::make_shared<StoppingBytes>(
      open_input(path, context.globals().spool_directory, context.observer(), context.stop()),
      context.stop());
}

std::shared_ptr<const RandomAccess> unpacked_for_layers(
    Context& context, const std::shared_ptr<const RandomAccess>& file, std::uint64_t most_bytes) {
  if (detect_packing(*file) != Packing::other) return file;
  return unpack(file, context.globals().spool_directory, context.observer(), most_bytes);
}

std::shared_ptr<const LayerIndex> open_archive(Context& context, ResultWriter& writer,
                                               std::shared_ptr<const RandomAccess> file,
                                               const std::string& name) {
  file = unpacked_for_layers(context, file);
  const Compression compression = compression_of(*file);
  HashingSink archive;
  copy(*make_decoder(compression, file), archive);
  const Digest digest = writer.add_file(file);
  const MediaType type{MediaFamily::oci, MediaKind::layer, compression};
  const ImageLayer layer{Descriptor(media_type_text(type), digest, file->size_bytes()),
                         DiffId{archive.finish()}};
  const Operation operation = writer.operation();
  return with_context(name, [&] {
    return operation.layers
        .open(std::span(&layer, 1), operation.workers, operation.observer, operation.stop)
        .front();
  });
}

AppendSource parse_append_source(const std::string& word) {
  if (std::filesystem::exists(std::filesystem::symlink_status(word))) return {word, std::nullopt};
  const std::size_t split = word.rfind(":/");
  if (split == std::string::npos || split == 0) {
    throw Error(ErrorKind::not_found, fmt::format("{}: no such file", printable(word)));
  }
  AppendSource source{word.substr(0, split), std::nullopt};
  const std::string spelling = word.substr(split + 1);
  if (!std::filesystem::exists(std::filesystem::symlink_status(source.file))) {
    throw Error(ErrorKind::not_found, fmt::format("{}: no such file", printable(source.file)));
  }
  source.destination = canonical_destination(spelling, word);
  if (spelling.ends_with('/') && !std::filesystem::is_directory(source.file)) {
    const std::string name = std::filesystem::path(source.file).filename().string();
    source.destination = join(*source.destination, name);
  }
  return source;
}

HostScanOptions scan_options(const Options& options, const Environment& environment) {
  HostScanOptions result;
  if (const auto owner = options.text("chown")) {
    const std::size_t colon = owner->find(':');
    result.uid = parse_id(std::string_view(*owner).substr(0, colon), 10);
    result.gid = colon == std::string::npos
                     ? *result.uid
                     : parse_id(std::string_view(*owner).substr(colon + 1), 10);
  }
  if (const auto mode = options.text("mode")) {
    const std::uint32_t bits = parse_id(*mode, 8);
    if (bits > 07777) throw Error(ErrorKind::invalid_argument, "--mode: at most 7777");
    result.mode = static_cast<std::uint16_t>(bits);
  }
  result.latest_mtime = environment.source_date_epoch;
  return result;
}

std::shared_ptr<const LayerIndex> open_append_source(Context& context, ResultWriter& writer,
                                                     const AppendSource& source,
                                                     const HostScanOptions& options) {
  if (std::filesystem::is_directory(source.file)) {
    return scan_directory(source.file, source.destination.value_or(""), options,
                          context.observer());
  }
  if (source.destination) {
    return scan_file(source.file, *source.destination, options, context.observer());
  }
  return open_archive(context, writer, open_user_bytes(context, source.file), source.file);
}

}  // namespace imgops::cli
