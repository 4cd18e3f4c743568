// OCI layouts in an archive, alone and beside a manifest.json.
#include "libimgops/base/error.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/transfer/archive_images.hpp"
#include "tests/transfer/archive_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace imgops {
namespace {

// Members of a layout with one image, which tests change before they make the archive.
struct Layout {
  MemoryBlobs blobs;
  Image image = make_image(blobs, {"one", "two"});
  Json annotations = Json::object();
  std::map<std::string, std::string> members;

  Layout() {
    members["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
    for (const Descriptor& descriptor : closure(blobs, image.descriptor(), "image")) {
      members["blobs/sha256/" + descriptor.digest().hexadecimal()] =
          read_all(*blobs.open(descriptor.digest()), 1 << 20, "blob");
    }
  }
  std::string manifest(const Digest& configuration) const {
    Json layers = Json::array();
    for (const ImageLayer& layer : image.layers()) {
      layers.push_back("blobs/sha256/" + layer.descriptor.digest().hexadecimal());
    }
    return R"([{"Config":"blobs/sha256/)" + configuration.hexadecimal() +
           R"(","RepoTags":["app:1"],"Layers":)" + print_json(layers) +
           R"(,"LayerSources":{"sha256:x":{"size":1}}}])";
  }
  std::unique_ptr<ArchiveImages> open() const {
    Json descriptor = image.descriptor().json();
    if (!annotations.empty()) descriptor["annotations"] = annotations;
    Json index = Json::object();
    index["schemaVersion"] = 2;
    index["manifests"] = Json::array({descriptor});
    TarText tar;
    tar.file("index.json", print_json(index));
    for (const auto& [name, text] : members) {
      if (text == "LINK") {
        tar.symlink(name, "../../oci-layout");
      } else {
        tar.file(name, text);
      }
    }
    SilentObserver observer;
    return ArchiveImages::open(in_memory(tar.finish()), std::filesystem::temp_directory_path(),
                               observer);
  }
  std::string name() const {
    return open()->index().manifests().front().annotation(annotation_ref_name).value_or("");
  }
};

TEST(ArchiveLayout, IsReadInPlace) {
  const Layout layout;
  const auto images = layout.open();
  const Image image = load_image(*images, images->index().manifests().front(), "image");
  EXPECT_EQ(image.manifest_text(), layout.image.manifest_text());
  EXPECT_EQ(layout.name(), "");
}

TEST(ArchiveLayout, NameIsRefNameWhenItIsWhole) {
  Layout layout;
  layout.annotations["org.opencontainers.image.ref.name"] = "localhost/app:2";
  layout.annotations["io.containerd.image.name"] = "docker.io/library/other:1";
  EXPECT_EQ(layout.name(), "localhost/app:2");
}

TEST(ArchiveLayout, NameIsContainerdsWhenRefNameIsATag) {
  Layout layout;
  layout.annotations["org.opencontainers.image.ref.name"] = "1";
  layout.annotations["io.containerd.image.name"] = "docker.io/library/app:1";
  EXPECT_EQ(layout.name(), "app:1");
  layout.annotations["io.containerd.image.name"] = "docker.io/someone/app:1";
  EXPECT_EQ(layout.name(), "someone/app:1");
  layout.annotations["io.containerd.image.name"] = "registry.example/app:1";
  EXPECT_EQ(layout.name(), "registry.example/app:1");
}

TEST(ArchiveLayout, BareNameThatContainerdSpellsOutStaysBare) {
  Layout layout;
  layout.annotations["org.opencontainers.image.ref.name"] = "v1";
  layout.annotations["io.containerd.image.name"] = "docker.io/library/v1:latest";
  EXPECT_EQ(layout.name(), "v1");
}

TEST(ArchiveLayout, ContainerdsAnnotationDoesNotStay) {
  Layout layout;
  layout.annotations["io.containerd.image.name"] = "docker.io/library/app:1";
  const auto images = layout.open();
  const Descriptor& descriptor = images->index().manifests().front();
  EXPECT_EQ(descriptor.annotation(annotation_containerd_name), std::nullopt);
  EXPECT_EQ(descriptor.annotation(annotation_ref_name), "app:1");
}

TEST(ArchiveLayout, AgreesWithItsDockerManifest) {
  Layout layout;
  layout.members["manifest.json"] =
      layout.manifest(layout.image.configuration_descriptor().digest());
  EXPECT_EQ(failure_of([&] { layout.open(); }), "");
}

TEST(ArchiveLayout, OtherConfigurationInDockerManifestIsRejected) {
  Layout layout;
  const std::string other = layout.image.configuration_text() + " ";
  layout.members["blobs/sha256/" + hash_of(other)] = other;
  layout.members["manifest.json"] = layout.manifest(digest_of(as_bytes(other)));
  EXPECT_EQ(failure_of([&] { layout.open(); }), "DOC-AMBIGUOUS");
}

TEST(ArchiveLayout, OtherLayersInDockerManifestAreRejected) {
  Layout layout;
  std::string manifest = layout.manifest(layout.image.configuration_descriptor().digest());
  const std::string first = layout.image.layers()[0].descriptor.digest().hexadecimal();
  manifest.replace(manifest.find(first), 64,
                   layout.image.layers()[1].descriptor.digest().hexadecimal());
  layout.members["manifest.json"] = manifest;
  EXPECT_EQ(failure_of([&] { layout.open(); }), "DOC-AMBIGUOUS");
}

TEST(ArchiveLayout, LayoutVersionIsChecked) {
  Layout layout;
  layout.members["oci-layout"] = R"({"imageLayoutVersion":"2.0.0"})";
  EXPECT_EQ(failure_of([&] { layout.open(); }), "LAYOUT");
  layout.members.erase("oci-layout");
  EXPECT_EQ(failure_of([&] { layout.open(); }), "LAYOUT");
}

TEST(ArchiveLayout, BlobThatIsALinkIsRejected) {
  Layout layout;
  const Digest digest = layout.image.layers()[0].descriptor.digest();
  layout.members["blobs/sha256/" + digest.hexadecimal()] = "LINK";
  const auto images = layout.open();
  EXPECT_EQ(failure_of([&] { images->find(digest); }), "BLOB-LINK");
}

TEST(ArchiveLayout, AbsentBlobIsNull) {
  const Layout layout;
  EXPECT_EQ(layout.open()->find(digest_of(as_bytes("absent"))), nullptr);
}

}  // namespace
}  // namespace imgops
