#include "libimgops/transfer/archive_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/transfer/archive_images.hpp"
#include "tests/transfer/archive_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

std::string written(const BlobSource& blobs, const std::vector<ExportedName>& images) {
  StringSink sink;
  const std::uint64_t size_bytes = write_image_archive(blobs, images, sink);
  EXPECT_EQ(size_bytes, sink.text().size());
  return sink.take();
}

struct OuterMember {
  std::string name;
  std::string body;
};

std::vector<OuterMember> members(const std::string& text) {
  StringSource source(text);
  SilentObserver observer;
  TarReader reader(source, observer);
  std::vector<OuterMember> result;
  while (const Member* const member = reader.next()) {
    result.push_back({member->path, ""});
    EXPECT_EQ(member->attributes.mtime, Timestamp{});
    EXPECT_EQ(member->attributes.uid, 0U);
    const bool is_directory = member->attributes.type == FileType::directory;
    EXPECT_EQ(member->attributes.mode, is_directory ? 0755 : 0644);
    for (ByteView piece = reader.body(); !piece.empty(); piece = reader.body()) {
      result.back().body += as_text(piece);
    }
  }
  return result;
}

std::string body_of(const std::string& text, std::string_view name) {
  for (const OuterMember& member : members(text)) {
    if (member.name == name) return member.body;
  }
  ADD_FAILURE() << name << " is missing";
  return "";
}

TEST(ArchiveWriter, DocumentsComeFirstThenBlobsByDigestEachOnce) {
  MemoryBlobs blobs;
  const Image one = make_image(blobs, {"base", "one"});
  const Image two = make_image(blobs, {"base", "two"});
  const auto found =
      members(written(blobs, {{"a:1", one.descriptor()}, {"b:1", two.descriptor()}}));
  // Two manifests, two configurations, three layers.
  ASSERT_EQ(found.size(), 5U + 7U);
  EXPECT_EQ(found[0].name, "oci-layout");
  EXPECT_EQ(found[1].name, "index.json");
  EXPECT_EQ(found[2].name, "manifest.json");
  EXPECT_EQ(found[3].name, "blobs");
  EXPECT_EQ(found[4].name, "blobs/sha256");
  for (std::size_t i = 5; i < found.size(); ++i) {
    EXPECT_EQ(found[i].name, "blobs/sha256/" + hash_of(found[i].body));
    if (i > 5) {
      EXPECT_LT(found[i - 1].name, found[i].name);
    }
  }
}

TEST(ArchiveWriter, IsReadBackAsItWas) {
  MemoryBlobs blobs;
  const Image one = make_image(blobs, {"base", "one"});
  const Image two = make_image(blobs, {"base", "two"}, MediaFamily::docker);
  const std::vector<ExportedName> names = {
      {"v1", one.descriptor()}, {"example.com/b:2", two.descriptor()}, {"", one.descriptor()}};
  SilentObserver observer;
  const auto images = ArchiveImages::open(in_memory(written(blobs, names)),
                                          std::filesystem::temp_directory_path(), observer);
  const auto& manifests = images->index().manifests();
  ASSERT_EQ(manifests.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(manifests[i].digest(), names[i].root.digest());
    EXPECT_EQ(manifests[i].media_type(), names[i].root.media_type());
    EXPECT_EQ(manifests[i].annotation(annotation_ref_name).value_or(""), names[i].name);
    MemoryBlobs copy;
    copy_closure(*images, copy, manifests[i], "image");
    EXPECT_EQ(load_image(copy, manifests[i], "image").layers().size(), 2U);
  }
}

TEST(ArchiveWriter, NamesAreWrittenInAllThreePlaces) {
  MemoryBlobs blobs;
  const Image image = make_image(blobs, {"one"});
  const std::string text = written(blobs, {{"app", image.descriptor()}});
  const Json docker = Json::parse(body_of(text, "manifest.json"));
  EXPECT_EQ(docker[0]["RepoTags"], Json::array({"app:latest"}));
  const Json index = Json::parse(body_of(text, "index.json"));
  const Json& annotations = index["manifests"][0]["annotations"];
  EXPECT_EQ(annotations["org.opencontainers.image.ref.name"], "app");
  EXPECT_EQ(annotations["io.containerd.image.name"], "docker.io/library/app:latest");
}

TEST(ArchiveWriter, DockerManifestNamesEachImageOnceWithAllItsTags) {
  MemoryBlobs blobs;
  const Image image = make_image(blobs, {"one"});
  const std::string text =
      written(blobs, {{"a:1", image.descriptor()}, {"a:2", image.descriptor()}});
  const Json docker = Json::parse(body_of(text, "manifest.json"));
  ASSERT_EQ(docker.size(), 1U);
  EXPECT_EQ(docker[0]["RepoTags"], Json::array({"a:1", "a:2"}));
  EXPECT_EQ(docker[0]["Config"],
            "blobs/sha256/" + image.configuration_descriptor().digest().hexadecimal());
}

TEST(ArchiveWriter, PlatformsAreAllListedAndTheFirstHasTheTag) {
  MemoryBlobs blobs;
  const Platform arm{"linux", "arm64", ""};
  const Image first = make_image(blobs, {"one"});
  const Image second = make_image(blobs, {"one"}, MediaFamily::oci, arm);
  const Index index = Index::empty().with_manifests(
      {first.descriptor().with_platform(first.platform()), second.descriptor().with_platform(arm)});
  store_index(blobs, index);
  const std::string text = written(blobs, {{"app:1", index.descriptor()}});
  const Json docker = Json::parse(body_of(text, "manifest.json"));
  ASSERT_EQ(docker.size(), 2U);
  EXPECT_EQ(docker[0]["RepoTags"], Json::array({"app:1"}));
  EXPECT_TRUE(docker[1]["RepoTags"].is_null());
  EXPECT_EQ(Json::parse(body_of(text, "index.json"))["manifests"].size(), 1U);
  EXPECT_EQ(body_of(text, "blobs/sha256/" + index.descriptor().digest().hexadecimal()),
            index.text());
}

TEST(ArchiveWriter, BlobThatIsNotItsDigestIsRejected) {
  MemoryBlobs blobs;
  const Image image = make_image(blobs, {"one"});
  // The same blobs, but the layer's last byte is another.
  class Damaged final : public BlobSource {
   public:
    Damaged(const BlobSource& below, Digest victim) : below_(below), victim_(std::move(victim)) {}
    std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
      auto blob = below_.find(digest);
      if (blob == nullptr || digest != victim_) return blob;
      std::string text = read_all(*blob, 1 << 20, "blob");
      text.back() = static_cast<char>(text.back() ^ 1);
      return std::make_unique<StringAccess>(text);
    }

   private:
    const BlobSource& below_;
    Digest victim_;
  };
  const Damaged damaged(blobs, image.layers()[0].descriptor.digest());
  StringSink sink;
  const std::vector<ExportedName> names = {{"a:1", image.descriptor()}};
  EXPECT_NE(failure_of([&] { write_image_archive(damaged, names, sink); }), "");
}

TEST(ArchiveWriter, NoImagesIsAnEmptyLayout) {
  const MemoryBlobs blobs;
  const std::string text = written(blobs, {});
  EXPECT_EQ(body_of(text, "manifest.json"), "[]");
  EXPECT_EQ(Json::parse(body_of(text, "index.json"))["manifests"].size(), 0U);
}

}  // namespace
}  // namespace imgops
