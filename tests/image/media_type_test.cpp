#include "libimgops/image/media_type.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

constexpr std::string_view docker_zstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

TEST(MediaType, ReadsTheCompressionOfAnOciLayer) {
  const auto type = parse_media_type("application/vnd.oci.image.layer.v1.tar+zstd");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->family, MediaFamily::oci);
  EXPECT_EQ(type->kind, MediaKind::layer);
  EXPECT_EQ(type->compression, Compression::zstd);
  EXPECT_FALSE(type->foreign);
}

TEST(MediaType, ReadsADockerForeignLayer) {
  const auto type = parse_media_type("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->family, MediaFamily::docker);
  EXPECT_EQ(type->compression, Compression::gzip);
  EXPECT_TRUE(type->foreign);
}

TEST(MediaType, KnowsNoEncryptedLayer) {
  EXPECT_FALSE(parse_media_type("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"));
}

TEST(MediaType, KnowsNoOtherCaseOfLetters) {
  EXPECT_FALSE(parse_media_type("application/vnd.OCI.image.manifest.v1+json"));
}

TEST(MediaType, WritesWhatItReads) {
  for (const std::string_view text :
       {"application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}) {
    const auto type = parse_media_type(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(media_type_text(*type), text);
  }
}

TEST(MediaType, WritesTheOciNameForDockerZstd) {
  EXPECT_EQ(media_type_text({MediaFamily::docker, MediaKind::layer, Compression::zstd}),
            "application/vnd.oci.image.layer.v1.tar+zstd");
}

TEST(MediaType, ReadsTheDockerZstdNameThatNobodyWrites) {
  const auto type = parse_media_type(docker_zstd);
  ASSERT_TRUE(type);
  EXPECT_EQ(type->compression, Compression::zstd);
}

}  // namespace
}  // namespace imgops
