#include "libimgops/transfer/archive_images.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/transfer/archive_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace imgops {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<ArchiveImages> open(const std::string& text, Observer& observer) {
  return ArchiveImages::open(in_memory(text), fs::temp_directory_path(), observer);
}

std::unique_ptr<ArchiveImages> open(const std::string& text) {
  SilentObserver observer;
  return open(text, observer);
}

std::vector<std::string> names(const ArchiveImages& images) {
  std::vector<std::string> result;
  for (const Descriptor& descriptor : images.index().manifests()) {
    result.push_back(descriptor.annotation(annotation_ref_name).value_or(""));
  }
  return result;
}

std::string blob_text(const ArchiveImages& images, const Digest& digest) {
  return read_all(*images.open(digest), 1 << 20, "blob");
}

// One image with two layers as Docker up to 24 saves it, in parts that tests change.
struct Saved {
  std::string lower = layer_text("lower");
  std::string upper = layer_text("upper");
  std::string configuration = configuration_text({lower, upper});
  std::string configuration_name = hash_of(configuration) + ".json";
  std::string lower_name = std::string(64, 'a') + "/layer.tar";
  std::string upper_name = std::string(64, 'b') + "/layer.tar";
  std::string tags = R"(["app:1"])";
  std::string layers;  // empty: both

  std::string manifest() const {
    const std::string list =
        layers.empty() ? "[\"" + lower_name + "\",\"" + upper_name + "\"]" : layers;
    return "[{\"Config\":\"" + configuration_name + "\",\"RepoTags\":" + tags +
           ",\"Layers\":" + list + "}]";
  }
  std::string archive() const {
    return TarText()
        .directory(std::string(64, 'a') + "/")
        .file(std::string(64, 'a') + "/VERSION", "1.0")
        .file(std::string(64, 'a') + "/json", "{}")
        .file(lower_name, lower)
        .file(upper_name, upper)
        .file(configuration_name, configuration)
        .file("manifest.json", manifest())
        .file("repositories", "{}")
        .finish();
  }
};

TEST(ArchiveImages, DockerSaveIsAnImageWithItsName) {
  const Saved saved;
  const auto images = open(saved.archive());
  ASSERT_THAT(names(*images), testing::ElementsAre("app:1"));
  const Image image = load_image(*images, images->index().manifests().front(), "app:1");
  EXPECT_EQ(image.configuration_text(), saved.configuration);
  EXPECT_EQ(image.family(), MediaFamily::docker);
  ASSERT_EQ(image.layers().size(), 2U);
  EXPECT_EQ(blob_text(*images, image.layers()[0].descriptor.digest()), saved.lower);
  EXPECT_EQ(blob_text(*images, image.layers()[1].descriptor.digest()), saved.upper);
}

// skopeo writes names in full, docker does not.
TEST(ArchiveImages, NameOfTheHubsLibraryIsTheOneThatDockerShows) {
  Saved saved;
  saved.tags = R"(["docker.io/library/app:1"])";
  EXPECT_THAT(names(*open(saved.archive())), testing::ElementsAre("app:1"));
}

TEST(ArchiveImages, LayerTypeIsByItsBytes) {
  Saved saved;
  const std::string lower = saved.lower;
  saved.lower = packed(lower, Compression::gzip);
  const auto images = open(saved.archive());
  const Image image = load_image(*images, images->index().manifests().front(), "app:1");
  EXPECT_EQ(image.layers()[0].descriptor.media_type(),
            "application/vnd.docker.image.rootfs.diff.tar.gzip");
  EXPECT_EQ(image.layers()[1].descriptor.media_type(),
            "application/vnd.docker.image.rootfs.diff.tar");
}

TEST(ArchiveImages, LayersMayBeLinksToLaterMembers) {
  const Saved saved;
  const std::string text = TarText()
                               .symlink(saved.upper_name, "../x.tar")
                               .file("x.tar", saved.upper)
                               .file("y.tar", saved.lower)
                               .hard_link(saved.lower_name, "y.tar")
                               .file(saved.configuration_name, saved.configuration)
                               .file("manifest.json", saved.manifest())
                               .finish();
  const auto images = open(text);
  const Image image = load_image(*images, images->index().manifests().front(), "app:1");
  EXPECT_EQ(blob_text(*images, image.layers()[0].descriptor.digest()), saved.lower);
  EXPECT_EQ(blob_text(*images, image.layers()[1].descriptor.digest()), saved.upper);
}

TEST(ArchiveImages, OneMemberMayBeTwoLayers) {
  Saved saved;
  saved.configuration = configuration_text({saved.lower, saved.lower});
  saved.layers = "[\"" + saved.lower_name + "\",\"./" + saved.lower_name + "\"]";
  const auto images = open(saved.archive());
  const Image image = load_image(*images, images->index().manifests().front(), "app:1");
  EXPECT_EQ(image.layers()[0].descriptor, image.layers()[1].descriptor);
}

TEST(ArchiveImages, DotSlashIsNormalisedOnBothSides) {
  const Saved saved;
  std::string manifest = saved.manifest();
  manifest.replace(manifest.find(saved.configuration_name), 0, "./");
  const std::string text = TarText()
                               .directory("./")
                               .file("./" + saved.configuration_name, saved.configuration)
                               .file("./" + saved.lower_name, saved.lower)
                               .file(saved.upper_name, saved.upper)
                               .file("./manifest.json", manifest)
                               .finish();
  EXPECT_THAT(names(*open(text)), testing::ElementsAre("app:1"));
}

TEST(ArchiveImages, WrongLayerCountIsRejected) {
  Saved saved;
  saved.layers = "[\"" + saved.lower_name + "\"]";
  EXPECT_EQ(failure_of([&] { open(saved.archive()); }), "DIFF-ID");
}

// Its digest is believed when the archive is opened, and proven when the layer is read.
TEST(ArchiveImages, ALayerThatIsNotThePromisedOneIsRefusedWhenItIsCopied) {
  Saved saved;
  saved.upper.back() = saved.upper.back() == 'x' ? 'y' : 'x';
  const auto images = open(saved.archive());
  MemoryBlobs copied;
  EXPECT_EQ(failure_of([&] {
              copy_closure(*images, copied, images->index().manifests().front(), "image");
            }),
            "corrupt");
}

TEST(ArchiveImages, NamelessImagesAreListedAndTwoNamesAreTwo) {
  Saved saved;
  saved.tags = "null";
  EXPECT_THAT(names(*open(saved.archive())), testing::ElementsAre(""));
  saved.tags = R"(["a:1","localhost:5000/b/c:2"])";
  EXPECT_THAT(names(*open(saved.archive())), testing::ElementsAre("a:1", "localhost:5000/b/c:2"));
}

TEST(ArchiveImages, InvalidTagIsRefused) {
  Saved saved;
  saved.tags = R"(["App:1"])";
  EXPECT_EQ(failure_of([&] { open(saved.archive()); }), "corrupt");
}

TEST(ArchiveImages, ConfigurationNameThatIsNotItsHashIsAWarning) {
  Saved saved;
  Findings findings;
  open(saved.archive(), findings);
  EXPECT_FALSE(findings.has(DiagnosticCode::config_name));
  saved.configuration_name = "config.json";
  open(saved.archive(), findings);
  EXPECT_TRUE(findings.has(DiagnosticCode::config_name));
}

TEST(ArchiveImages, MemberTwiceIsRejected) {
  const Saved saved;
  std::string text = saved.archive();
  text.resize(text.size() - 1024);
  text += TarText().file("./" + saved.lower_name, "evil").finish();
  EXPECT_EQ(failure_of([&] { open(text); }), "OUTER-DUPLICATE");
}

TEST(ArchiveImages, TwoImagesOfOneNameAreRejected) {
  const Saved saved;
  const std::string other = configuration_text({saved.upper, saved.lower});
  const std::string manifest = R"([{"Config":")" + saved.configuration_name +
                               R"(","RepoTags":["a:1"],"Layers":["l","u"]},)"
                               R"({"Config":"o","RepoTags":["a:1"],"Layers":["u","l"]}])";
  const std::string text = TarText()
                               .file("l", saved.lower)
                               .file("u", saved.upper)
                               .file("o", other)
                               .file(saved.configuration_name, saved.configuration)
                               .file("manifest.json", manifest)
                               .finish();
  EXPECT_EQ(failure_of([&] { open(text); }), "OUTER-DUPLICATE");
}

// A11: in members, in both fields, in links of both kinds.
TEST(ArchiveImages, NamesThatLeadOutAreRejected) {
  const Saved saved;
  for (const std::string name : {"../x", "/etc/passwd", "a/../../x", "a/../x"}) {
    const std::string member = TarText().file(name, "x").finish();
    EXPECT_EQ(failure_of([&] { open(member); }), "OUTER-NAME") << name;

    Saved bad_configuration = saved;
    bad_configuration.configuration_name = name;
    const std::string configuration =
        TarText().file("manifest.json", bad_configuration.manifest()).finish();
    EXPECT_EQ(failure_of([&] { open(configuration); }), "OUTER-NAME") << name;

    Saved bad_layer = saved;
    bad_layer.layers = "[\"" + name + "\",\"" + saved.upper_name + "\"]";
    EXPECT_EQ(failure_of([&] { open(bad_layer.archive()); }), "OUTER-NAME") << name;
  }
  for (const std::string target : {"/etc/passwd", "../../etc/passwd", "missing"}) {
    const auto with = [&](TarText tar) {
      return tar.file(saved.configuration_name, saved.configuration)
          .file(saved.upper_name, saved.upper)
          .file("manifest.json", saved.manifest())
          .finish();
    };
    EXPECT_EQ(failure_of([&] { open(with(TarText().symlink(saved.lower_name, target))); }),
              "OUTER-NAME")
        << target;
    EXPECT_EQ(failure_of([&] { open(with(TarText().hard_link(saved.lower_name, target))); }),
              "OUTER-NAME")
        << target;
  }
}

TEST(ArchiveImages, LinkToALinkIsRejected) {
  const Saved saved;
  const std::string text = TarText()
                               .file("x", saved.lower)
                               .symlink("y", "x")
                               .symlink(saved.lower_name, "../y")
                               .file(saved.upper_name, saved.upper)
                               .file(saved.configuration_name, saved.configuration)
                               .file("manifest.json", saved.manifest())
                               .finish();
  EXPECT_EQ(failure_of([&] { open(text); }), "OUTER-NAME");
}

TEST(ArchiveImages, CutArchiveIsRejected) {
  const std::string text = Saved().archive();
  EXPECT_EQ(failure_of([&] { open(text.substr(0, 3000)); }), "TRUNCATED");
}

TEST(ArchiveImages, FirstFormOfDockerIsUnsupported) {
  const std::string text = TarText()
                               .file(std::string(64, 'a') + "/json", "{}")
                               .file(std::string(64, 'a') + "/layer.tar", layer_text("x"))
                               .file("repositories", "{}")
                               .finish();
  EXPECT_EQ(failure_of([&] { open(text); }), "unsupported");
  EXPECT_EQ(failure_of([&] { open(TarText().file("etc/passwd", "x").finish()); }), "unsupported");
}

TEST(ArchiveImages, PackedArchivesAreRead) {
  const std::string text = Saved().archive();
  const std::vector<std::string> forms = {
      packed(text, Compression::gzip), packed(text, Compression::zstd),
      packed(text, archive_write_add_filter_xz), packed(text, archive_write_add_filter_bzip2)};
  for (const std::string& form : forms) {
    ASSERT_LT(form.size(), text.size());
    EXPECT_THAT(names(*open(form)), testing::ElementsAre("app:1"));
    EXPECT_EQ(archive_kind(StringAccess(form)), ArchiveKind::docker_archive);
  }
}

TEST(ArchiveImages, DamagedPackingIsRejected) {
  std::string gzip = packed(Saved().archive(), Compression::gzip);
  gzip[gzip.size() - 5] = static_cast<char>(gzip[gzip.size() - 5] ^ 1);
  EXPECT_EQ(failure_of([&] { open(gzip); }), "CODEC-CHECK");
  std::string xz = packed(Saved().archive(), archive_write_add_filter_xz);
  xz[xz.size() / 2] = static_cast<char>(xz[xz.size() / 2] ^ 1);
  EXPECT_EQ(failure_of([&] { open(xz); }), "CODEC-CHECK");
}

TEST(ArchiveImages, FifoIsSpooled) {
  std::string name = (fs::temp_directory_path() / "archive-images-XXXXXX").string();
  const fs::path directory = ::mkdtemp(name.data());
  const std::string text = Saved().archive();
  const std::string command = "/proc/self/fd/";
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  std::jthread writer([&] {
    std::size_t done = 0;
    while (done < text.size()) {
      done += static_cast<std::size_t>(::write(ends[1], text.data() + done, text.size() - done));
    }
    ::close(ends[1]);
  });
  SilentObserver observer;
  const auto images = ArchiveImages::open(command + std::to_string(ends[0]), directory, observer);
  EXPECT_THAT(names(*images), testing::ElementsAre("app:1"));
  EXPECT_TRUE(fs::is_empty(directory));
  ::close(ends[0]);
  fs::remove_all(directory);
}

TEST(ArchiveImages, MissingFileIsNotFound) {
  SilentObserver observer;
  EXPECT_EQ(failure_of([&] { ArchiveImages::open("/no/such/file", "/tmp", observer); }),
            "not found");
}

TEST(ArchiveKind, IsByNames) {
  const auto kind = [](const TarText& tar) { return archive_kind(StringAccess(tar.finish())); };
  EXPECT_EQ(kind(TarText().file("x", "1").file("manifest.json", "[]")),
            ArchiveKind::docker_archive);
  EXPECT_EQ(kind(TarText().file("blobs/x", "1").file("index.json", "{}")),
            ArchiveKind::oci_archive);
  EXPECT_EQ(kind(TarText().file("index.json", "{}").file("manifest.json", "[]")),
            ArchiveKind::docker_archive);
  EXPECT_EQ(kind(TarText().file("./app", "1")), ArchiveKind::root_file_system);
  EXPECT_EQ(kind(TarText().directory("./etc/").file("manifest.json", "[]")),
            ArchiveKind::root_file_system);
  EXPECT_EQ(kind(TarText()), ArchiveKind::root_file_system);
}

}  // namespace
}  // namespace imgops
