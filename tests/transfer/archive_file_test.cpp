#include "libimgops/transfer/archive_file.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/transfer/archive_images.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/transfer/archive_parts.hpp"

#include <gtest/gtest.h>

#include <iterator>

namespace imgops {
namespace {

using made::TemporaryDirectory;

// Documents stay in memory, as they do for commands; what is written to the archive is read there.
struct World {
  TemporaryDirectory scratch;
  std::filesystem::path path = scratch.path() / "a.tar";
  ArchiveFile archive{path};
  MemoryBlobs documents;
  Image image = make_image(documents, {"base", "one"});

  // Every layer of the image into the archive, in its order.
  void write_layers() {
    for (const ImageLayer& layer : image.layers()) write_blob(text_of(layer.descriptor.digest()));
  }
  std::string text_of(const Digest& digest) const {
    return read_all(*documents.open(digest), 1 << 20, "blob");
  }
  Digest write_blob(std::string_view text) {
    const auto writer = archive.create(DigestAlgorithm::sha256);
    writer->write(as_bytes(text));
    return writer->commit();
  }
  void finish() {
    const ExportedName name{"app:1", image.descriptor()};
    archive.complete(documents, std::span(&name, 1), {});
    archive.publish();
  }
  std::unique_ptr<ArchiveImages> read() const {
    SilentObserver observer;
    return ArchiveImages::open(path, scratch.path(), observer);
  }
  void expect_the_image() const {
    const auto images = read();
    ASSERT_EQ(images->index().manifests().size(), 1U);
    const Image found = load_image(*images, images->index().manifests().front(), "app:1");
    ASSERT_EQ(found.layers().size(), image.layers().size());
    for (const ImageLayer& layer : found.layers()) {
      const Digest& digest = layer.descriptor.digest();
      EXPECT_EQ(read_all(*images->open(digest), 1 << 20, "blob"), text_of(digest));
    }
  }
  std::uintmax_t size() const { return std::filesystem::file_size(path); }
  std::ptrdiff_t files() const {
    const std::filesystem::directory_iterator begin(scratch.path());
    return std::distance(begin, std::filesystem::directory_iterator());
  }
};

TEST(ArchiveFile, HoldsTheImageWhoseLayersWereWrittenIntoIt) {
  World world;
  world.write_layers();
  world.finish();
  world.expect_the_image();
}

TEST(ArchiveFile, IsAsLargeAsOneWrittenAtTheEnd) {
  World world;
  world.write_layers();
  world.finish();
  World other;
  other.finish();
  EXPECT_EQ(world.size(), other.size());
  other.expect_the_image();
}

TEST(ArchiveFile, GivesBackABlobBeforeItIsComplete) {
  World world;
  const Digest digest = world.write_blob("some bytes");
  EXPECT_EQ(read_all(*world.archive.open(digest), 100, "blob"), "some bytes");
}

TEST(ArchiveFile, HasNothingBesideItWhileItIsWritten) {
  World world;
  world.write_layers();
  EXPECT_EQ(world.files(), 0);
}

TEST(ArchiveFile, ABlobWrittenTwiceStandsOnce) {
  World world;
  world.write_layers();
  world.write_layers();
  world.finish();
  World once;
  once.write_layers();
  once.finish();
  EXPECT_EQ(world.size(), once.size());
  world.expect_the_image();
}

TEST(ArchiveFile, ABlobThatIsNotCommittedLeavesNothing) {
  World world;
  {
    const auto writer = world.archive.create(DigestAlgorithm::sha256);
    writer->write(as_bytes(std::string(100'000, 'x')));
  }
  world.finish();
  World other;
  other.finish();
  EXPECT_EQ(world.size(), other.size());
  world.expect_the_image();
}

TEST(ArchiveFile, ABlobWithAnotherDigestIsRefusedAndLeavesNothing) {
  World world;
  const auto writer = world.archive.create(DigestAlgorithm::sha256);
  writer->write(as_bytes(std::string(100'000, 'x')));
  EXPECT_THROW(writer->commit_as(digest_of(as_bytes("y"))), Error);
}

TEST(ArchiveFile, ABlobThatNoImageNeedsDoesNotStay) {
  World world;
  world.write_layers();
  world.write_blob(std::string(100'000, 'x'));
  world.finish();
  World other;
  other.finish();
  EXPECT_EQ(world.size(), other.size());
  world.expect_the_image();
}

TEST(ArchiveFile, BlobsWrittenAtOneTimeAreBothThere) {
  World world;
  std::vector<std::unique_ptr<BlobWriter>> writers;
  for (std::size_t i = 0; i < 2; ++i) {
    writers.push_back(world.archive.create(DigestAlgorithm::sha256));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string text = world.text_of(world.image.layers()[i].descriptor.digest());
    writers[i]->write(as_bytes(text));
  }
  for (const auto& writer : writers) writer->commit();
  writers.clear();
  for (const ImageLayer& layer : world.image.layers()) {
    EXPECT_NE(world.archive.find(layer.descriptor.digest()), nullptr);
  }
  world.finish();
  world.expect_the_image();
}

TEST(ArchiveFile, AppearsAtTheEndOnly) {
  World world;
  world.write_layers();
  const ExportedName name{"app:1", world.image.descriptor()};
  world.archive.complete(world.documents, std::span(&name, 1), {});
  EXPECT_FALSE(std::filesystem::exists(world.path));
  world.archive.publish();
  EXPECT_TRUE(std::filesystem::exists(world.path));
}

TEST(ArchiveFile, StopsWhenItIsAskedTo) {
  World world;
  std::stop_source stop;
  stop.request_stop();
  const ExportedName name{"app:1", world.image.descriptor()};
  EXPECT_THROW(world.archive.complete(world.documents, std::span(&name, 1), stop.get_token()),
               Error);
  EXPECT_FALSE(std::filesystem::exists(world.path));
}

}  // namespace
}  // namespace imgops
