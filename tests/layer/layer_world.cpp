#include "tests/layer/layer_world.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace imgops::testing {
namespace {

class CountedBlob final : public RandomAccess {
 public:
  CountedBlob(std::unique_ptr<RandomAccess> below, std::atomic<std::uint64_t>& count)
      : below_(std::move(below)), count_(count) {}
  std::uint64_t size_bytes() const override { return below_->size_bytes(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override {
    const std::size_t count = below_->read_at(offset, buffer);
    count_ += count;
    return count;
  }

 private:
  std::unique_ptr<RandomAccess> below_;
  std::atomic<std::uint64_t>& count_;
};

std::string padding(std::size_t size) {
  return std::string(static_cast<std::size_t>(tar_padding_bytes(size)), '\0');
}

}  // namespace

FileAttributes plain_attributes(FileType type) {
  FileAttributes attributes;
  attributes.type = type;
  attributes.mode = type == FileType::directory ? 0755 : 0644;
  attributes.uid = 1;
  attributes.gid = 2;
  attributes.mtime = {1000, 0};
  return attributes;
}

Archive& Archive::directory(std::string_view path) {
  return raw(encode_header(path, plain_attributes(FileType::directory), 0));
}

Archive& Archive::file(std::string_view path, std::string_view body) {
  return file(path, body, plain_attributes(FileType::regular));
}

Archive& Archive::file(std::string_view path, std::string_view body,
                       const FileAttributes& attributes) {
  return raw(encode_header(path, attributes, body.size())).raw(body).raw(padding(body.size()));
}

Archive& Archive::symlink(std::string_view path, std::string_view target) {
  FileAttributes attributes = plain_attributes(FileType::symlink);
  attributes.mode = 0777;
  attributes.link_target = target;
  return raw(encode_header(path, attributes, 0));
}

Archive& Archive::hard_link(std::string_view path, std::string_view target) {
  return raw(encode_hard_link(path, target, plain_attributes(FileType::regular)));
}

Archive& Archive::whiteout(std::string_view path) {
  return raw(encode_whiteout(path));
}

Archive& Archive::raw(std::string_view bytes) {
  text_ += bytes;
  return *this;
}

std::string Archive::text() const {
  return text_ + std::string(tar_end());
}

std::string noise(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  std::uint32_t state = seed * 2654435761U + 1;
  for (char& character : text) {
    state = state * 1664525U + 1013904223U;
    character = static_cast<char>('a' + ((state >> 24U) & 7U));
  }
  return text;
}

std::string compress(std::string_view text, Compression compression) {
  Workers workers(2);
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, {compression, 1});
  encoder->write(as_bytes(text));
  encoder->finish();
  return sink.take();
}

ImageLayer add_layer(MemoryBlobs& blobs, std::string_view archive, Compression compression) {
  const std::string blob = compress(archive, compression);
  const MediaType type{MediaFamily::oci, MediaKind::layer, compression, false};
  return {Descriptor(media_type_text(type), blobs.add(blob), blob.size()),
          DiffId{digest_of(as_bytes(archive))}};
}

std::unique_ptr<RandomAccess> CountingBlobs::find(const Digest& digest) const {
  auto blob = below_.find(digest);
  if (blob == nullptr) return nullptr;
  return std::make_unique<CountedBlob>(std::move(blob), bytes_read_);
}

ScratchDirectory::ScratchDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "imgops-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw_system_error(name);
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void overwrite(const std::filesystem::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
}

std::shared_ptr<const LayerIndex> World::open(LayerCache& cache, const ImageLayer& layer) {
  return cache.open(std::span(&layer, 1), workers, observer).front();
}

const LayerEntry& entry_of(const LayerIndex& index, std::string_view path) {
  const auto found = std::ranges::find(index.entries, path, &LayerEntry::path);
  if (found == index.entries.end()) throw std::out_of_range(std::string(path));
  return *found;
}

std::string small_archive(std::string_view body) {
  return Archive()
      .directory("etc")
      .file("etc/passwd", body)
      .hard_link("etc/passwd-", "etc/passwd")
      .whiteout("etc/shadow")
      .text();
}

std::uint64_t bytes_to_open(World& world, const CacheLocation& location, const ImageLayer& layer) {
  LayerCache cache(world.counted, location);
  world.counted.start_again();
  const auto index = world.open(cache, layer);
  if (index->entries.size() != 4) throw std::logic_error("index lacks entries");
  return world.counted.bytes_read();
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.is_regular_file()) files.push_back(file.path());
  }
  std::ranges::sort(files);
  return files;
}

std::filesystem::path file_named(const std::filesystem::path& directory, std::string_view prefix) {
  for (const auto& file : files_below(directory)) {
    if (file.filename().string().starts_with(prefix)) return file;
  }
  throw std::out_of_range(std::string(prefix));
}

}  // namespace imgops::testing
