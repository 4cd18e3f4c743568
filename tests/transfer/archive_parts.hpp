// Archives made byte by byte, also such as no program writes, and small images to put into them.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/memory_blobs.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Members one after the other; finish() gives the archive.
class TarText {
 public:
  TarText& file(std::string_view name, std::string_view body) { return add(name, '0', body, {}); }
  TarText& directory(std::string_view name) { return add(name, '5', {}, {}); }
  TarText& symlink(std::string_view name, std::string_view target) {
    return add(name, '2', {}, target);
  }
  TarText& hard_link(std::string_view name, std::string_view target) {
    return add(name, '1', {}, target);
  }
  std::string finish() const { return text_ + std::string(1024, '\0'); }

 private:
  TarText& add(std::string_view name, char type, std::string_view body, std::string_view link) {
    std::array<char, 512> header{};
    const auto put = [&](std::size_t at, std::string_view value) {
      std::copy(value.begin(), value.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(0, name);
    put(100, type == '5' ? "0000755" : "0000644");
    put(108, "0000000");
    put(116, "0000000");
    std::array<char, 12> size{};
    std::snprintf(size.data(), size.size(), "%011zo", body.size());
    put(124, {size.data(), 11});
    put(136, "00000000000");
    put(148, "        ");
    header[156] = type;
    put(157, link);
    put(257, std::string_view("ustar\0"
                              "00",
                              8));
    unsigned sum = 0;
    for (const char character : header) sum += static_cast<unsigned char>(character);
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), "%06o", sum);
    put(148, {digits.data(), 7});
    text_.append(header.data(), header.size());
    text_ += body;
    text_.append((512 - body.size() % 512) % 512, '\0');
    return *this;
  }
  std::string text_;
};

inline std::string packed(std::string_view text, Compression compression) {
  StringSink sink;
  Workers workers(1);
  const auto encoder = make_encoder(sink, workers, {compression, 0});
  encoder->write(as_bytes(text));
  encoder->finish();
  return sink.take();
}

// By one of libarchive's filters, such as archive_write_add_filter_xz.
inline std::string packed(std::string_view text, int (*filter)(struct archive*)) {
  std::string result(text.size() + (1U << 20), '\0');
  struct archive* const archive = archive_write_new();
  std::size_t used = 0;
  filter(archive);
  archive_write_set_format_raw(archive);
  archive_write_set_bytes_in_last_block(archive, 1);
  archive_write_open_memory(archive, result.data(), result.size(), &used);
  archive_entry* const entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(archive, entry);
  archive_write_data(archive, text.data(), text.size());
  archive_entry_free(entry);
  archive_write_close(archive);
  archive_write_free(archive);
  result.resize(used);
  return result;
}

inline std::shared_ptr<const RandomAccess> in_memory(std::string text) {
  return std::make_shared<StringAccess>(std::move(text));
}

// The archive of a layer that holds one file.
inline std::string layer_text(const std::string& body) {
  return TarText().file("file", body).finish();
}

// A configuration with these layers, as docker writes it.
inline std::string configuration_text(const std::vector<std::string>& layers) {
  Json json = Json::object();
  json["architecture"] = "amd64";
  json["os"] = "linux";
  json["rootfs"]["type"] = "layers";
  json["rootfs"]["diff_ids"] = Json::array();
  for (const std::string& layer : layers) {
    json["rootfs"]["diff_ids"].push_back(digest_of(as_bytes(layer)).to_string());
  }
  return print_json(json);
}

inline std::string hash_of(std::string_view text) {
  return digest_of(as_bytes(text)).hexadecimal();
}

// An image in `blobs` whose layers hold one file each.
inline Image make_image(MemoryBlobs& blobs, const std::vector<std::string>& bodies,
                        MediaFamily family = MediaFamily::oci,
                        const Platform& platform = {"linux", "amd64", ""}) {
  Image image = empty_image(platform, family);
  for (const std::string& body : bodies) {
    const std::string archive = layer_text(body);
    const std::string blob = packed(archive, Compression::gzip);
    const Descriptor descriptor(media_type_text({family, MediaKind::layer, Compression::gzip}),
                                blobs.add(blob), blob.size());
    image = append_layer(image, {descriptor, DiffId{digest_of(as_bytes(archive))}},
                         HistoryEntry::make("2023-11-14T22:13:20Z", "add " + body, "", false));
  }
  store_image(blobs, image);
  return image;
}

// Keeps what it is told.
class Findings final : public Observer {
 public:
  void diagnose(const Diagnostic& diagnostic) override { all.push_back(diagnostic); }
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
  bool has(DiagnosticCode code) const {
    for (const Diagnostic& diagnostic : all) {
      if (diagnostic.code == code) return true;
    }
    return false;
  }
  std::vector<Diagnostic> all;
};

// What `function` throws, as "CODE" of its diagnostic or the kind's number; empty when nothing.
template <class Function>
std::string failure_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    if (error.diagnostic() != nullptr) return std::string(name(error.diagnostic()->code));
    switch (error.kind()) {
      case ErrorKind::corrupt:
        return "corrupt";
      case ErrorKind::unsupported:
        return "unsupported";
      case ErrorKind::not_found:
        return "not found";
      default:
        return "other";
    }
  }
  return "";
}

}  // namespace imgops
