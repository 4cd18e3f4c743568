#include "tests/semantics/library_stack.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace imgops::test {
namespace {

constexpr std::uint64_t largest_text_bytes = std::uint64_t{1} << 24;

Compression compression_of(const std::string& text) {
  if (text == "gzip") return Compression::gzip;
  if (text == "zstd") return Compression::zstd;
  return Compression::none;
}

std::string type_name(FileType type) {
  switch (type) {
    case FileType::regular:
      return "file";
    case FileType::directory:
      return "directory";
    case FileType::symlink:
      return "symlink";
    case FileType::character_device:
      return "character";
    case FileType::block_device:
      return "block";
    case FileType::fifo:
      return "fifo";
  }
  return "";
}

PlainNode plain_node(const Inode& inode, ContentReader& contents) {
  const FileAttributes attributes = attributes_of(inode);
  PlainNode node;
  node.type = type_name(attributes.type);
  node.implied = inode.implied();
  node.mode = attributes.mode;
  node.uid = attributes.uid;
  node.gid = attributes.gid;
  node.mtime = attributes.mtime;
  node.device = {attributes.device.major, attributes.device.minor};
  node.target = attributes.link_target;
  for (const ExtendedAttribute& xattr : attributes.xattrs) node.xattrs[xattr.name] = xattr.value;
  if (attributes.type == FileType::regular && inode.content().origin != nullptr) {
    node.content = contents.text(inode.content(), largest_text_bytes);
  }
  return node;
}

}  // namespace

void Collector::diagnose(const Diagnostic& diagnostic) {
  const std::lock_guard lock(mutex_);
  diagnostics_.push_back(diagnostic);
}

std::vector<Diagnostic> Collector::diagnostics() const {
  const std::lock_guard lock(mutex_);
  return diagnostics_;
}

LibraryStack::LibraryStack(const std::vector<story::BuiltLayer>& layers)
    : cache_(blobs_, std::nullopt), workers_(2) {
  for (const story::BuiltLayer& layer : layers) {
    const MediaType type{MediaFamily::oci, MediaKind::layer, compression_of(layer.declared)};
    const Digest digest = blobs_.add(layer.blob);
    layers_.push_back({Descriptor(media_type_text(type), digest, layer.blob.size()),
                       DiffId{digest_of(as_bytes(layer.archive))}});
  }
}

Tree LibraryStack::apply_all(const Tree& lower, std::span<const ImageLayer> layers,
                             std::size_t first_number, Observer& observer) {
  SilentObserver silent;
  const auto indexes = cache_.open(layers, workers_, silent);
  return apply_layers(lower, indexes, first_number, observer);
}

Tree LibraryStack::apply(const Tree& lower, std::size_t first, std::size_t last,
                         Observer& observer) {
  return apply_all(lower, std::span(layers_).subspan(first, last - first), first, observer);
}

Tree LibraryStack::apply(const Tree& lower, const ImageLayer& layer, Observer& observer) {
  return apply_all(lower, std::span(&layer, 1), 0, observer);
}

PlainTree LibraryStack::plain(const Tree& tree) {
  ContentReader contents(cache_);
  PlainTree result;
  std::map<const Inode*, std::vector<std::string>> groups;
  for (const Node& node : tree.nodes()) {
    const std::string path(node.path());
    result[path] = plain_node(*node.inode(), contents);
    // Implied directories may share what describes them, which makes no links of them.
    if (node.inode()->type() == FileType::directory)
      result[path].group = path;
    else
      groups[node.inode()].push_back(path);
  }
  for (const auto& [unused, paths] : groups) {
    const std::string first = *std::min_element(paths.begin(), paths.end());
    for (const std::string& path : paths) result[path].group = first;
  }
  return result;
}

Written LibraryStack::write(const Tree& lower, const Tree& upper, std::size_t threads,
                            Compression compression) {
  SilentObserver silent;
  Workers workers(threads);
  const ChangeSet changes = compare(lower, upper, cache_);
  const std::vector<PlannedMember> plan = plan_layer(upper, changes);
  const WrittenLayer written = write_layer(blobs_, plan, cache_, workers, silent,
                                           EncoderOptions{compression, 0}, MediaFamily::oci);
  const auto blob = blobs_.open(written.layer.descriptor.digest());
  return {written.layer, read_all(*blob, UINT64_MAX, "written layer")};
}

}  // namespace imgops::test
