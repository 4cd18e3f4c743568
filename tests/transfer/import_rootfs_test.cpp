#include "libimgops/transfer/import_rootfs.hpp"

#include "libimgops/base/error.hpp"
#include "tests/transfer/archive_parts.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

Image import(MemoryBlobs& blobs, const std::string& text, const ImportRootfsOptions& given = {}) {
  ImportRootfsOptions options = given;
  options.spool_directory = std::filesystem::temp_directory_path();
  Workers workers(2);
  SilentObserver observer;
  return import_rootfs(blobs, in_memory(text), "root.tar", options, workers, observer);
}

std::string stored_layer(const MemoryBlobs& blobs, const Image& image) {
  return read_all(*blobs.open(image.layers()[0].descriptor.digest()), 1 << 20, "layer");
}

std::string rootfs() {
  return TarText().directory("etc/").file("etc/hostname", "box").finish();
}

TEST(ImportRootfs, PlainArchiveIsGzippedAndOtherwiseAsItWas) {
  MemoryBlobs blobs;
  const Image image = import(blobs, rootfs());
  ASSERT_EQ(image.layers().size(), 1U);
  EXPECT_EQ(image.layers()[0].diff_id.digest, digest_of(as_bytes(rootfs())));
  EXPECT_EQ(image.layers()[0].descriptor.media_type(),
            "application/vnd.oci.image.layer.v1.tar+gzip");
  const auto decoder = make_decoder(Compression::gzip, in_memory(stored_layer(blobs, image)));
  EXPECT_EQ(read_all(*decoder, 1 << 20, "layer"), rootfs());
}

TEST(ImportRootfs, GzipAndZstdAreKeptByteForByte) {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    MemoryBlobs blobs;
    const std::string text = packed(rootfs(), compression);
    const Image image = import(blobs, text);
    EXPECT_EQ(stored_layer(blobs, image), text);
    EXPECT_EQ(image.layers()[0].diff_id.digest, digest_of(as_bytes(rootfs())));
    EXPECT_EQ(image.layers()[0].descriptor.media_type(),
              media_type_text({MediaFamily::oci, MediaKind::layer, compression}));
  }
}

TEST(ImportRootfs, OtherPackingsBecomeGzip) {
  MemoryBlobs blobs;
  const Image plain = import(blobs, rootfs());
  const Image xz = import(blobs, packed(rootfs(), archive_write_add_filter_xz));
  const Image bzip2 = import(blobs, packed(rootfs(), archive_write_add_filter_bzip2));
  EXPECT_EQ(xz.layers()[0].descriptor, plain.layers()[0].descriptor);
  EXPECT_EQ(bzip2.layers()[0].descriptor, plain.layers()[0].descriptor);
}

TEST(ImportRootfs, ImageIsStoredWithItsStory) {
  MemoryBlobs blobs;
  const Image image =
      import(blobs, rootfs(),
             {Platform{"linux", "arm64", "v8"}, "from a box", "2024-01-02T03:04:05Z", {}});
  const Image loaded = load_image(blobs, image.descriptor(), "image");
  EXPECT_EQ(loaded.platform().to_string(), "linux/arm64/v8");
  ASSERT_EQ(loaded.history().size(), 1U);
  EXPECT_EQ(loaded.history()[0].created_by, "from a box");
  EXPECT_EQ(loaded.history()[0].created, "2024-01-02T03:04:05Z");
  EXPECT_EQ(loaded.created(), "2024-01-02T03:04:05Z");
}

TEST(ImportRootfs, WithoutMessageAndPlatformThereAreDefaults) {
  MemoryBlobs blobs;
  const Image image = import(blobs, rootfs());
  EXPECT_EQ(image.history()[0].created_by, "imgops import root.tar");
  EXPECT_EQ(image.platform(), host_platform());
}

TEST(ImportRootfs, WhatNoRuntimeTakesIsRefusedAndNothingStored) {
  MemoryBlobs blobs;
  const std::string text = TarText().file("../evil", "x").finish();
  EXPECT_EQ(failure_of([&] { import(blobs, text); }), "NAME-ESCAPE");
  EXPECT_EQ(blobs.count(), 0U);
}

TEST(ImportRootfs, TextIsNoArchive) {
  MemoryBlobs blobs;
  EXPECT_NE(failure_of([&] { import(blobs, std::string(2000, 'x')); }), "");
  EXPECT_EQ(blobs.count(), 0U);
}

TEST(ImportRootfs, WarningsOfReadingAreTold) {
  MemoryBlobs blobs;
  Workers workers(1);
  Findings findings;
  import_rootfs(blobs, in_memory(rootfs() + "more"), "x", {}, workers, findings);
  ASSERT_TRUE(findings.has(DiagnosticCode::trailing_data));
  EXPECT_EQ(findings.all.front().layer_index, 0U);
}

}  // namespace
}  // namespace imgops
