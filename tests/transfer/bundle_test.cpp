#include "libimgops/transfer/bundle.hpp"

#include "libimgops/layer/layer_splice.hpp"
#include "tests/support/errors.hpp"
#include "tests/transfer/bundle_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

namespace imgops {
namespace {

using testing::BundleReceiver;
using testing::BundleWorld;
using testing::error_of;
using testing::kind_of;
using testing::open_bundle;

std::string bytes_of(const BlobSource& blobs, const Digest& digest) {
  return read_all(*blobs.open(digest), UINT64_MAX, "blob");
}

void give_old_images(const BundleWorld& world, BundleReceiver& receiver) {
  for (const Image& image : world.old_images) receiver.take(world.blobs, image);
}

TEST(Bundle, AReceiverWithTheOldImagesGetsTheExactNewOnes) {
  const BundleWorld world;
  BundleReceiver receiver;
  give_old_images(world, receiver);
  receiver.unpack(open_bundle(world.bundle()));
  for (const Image& image : world.new_images) {
    for (const Descriptor& blob : closure(world.blobs, image.descriptor(), "image")) {
      EXPECT_EQ(bytes_of(receiver.blobs, blob.digest()), bytes_of(world.blobs, blob.digest()));
    }
  }
}

TEST(Bundle, OneFixInABaseOfManyChildrenIsOneSmallDelta) {
  const BundleWorld world;
  const std::string bytes = world.bundle();
  const Bundle bundle = open_bundle(bytes);
  ASSERT_EQ(bundle.index().blobs.size(), 1U);
  EXPECT_EQ(bundle.index().blobs[0].form, BlobForm::archive_delta);
  EXPECT_EQ(bundle.index().blobs[0].digest, world.new_base->descriptor.digest());
  EXPECT_LT(bytes.size(), 4000U);  // the base has 900 kB
}

TEST(Bundle, TheOldBaseIsAPrerequisiteWithItsDiffId) {
  const BundleWorld world;
  const Bundle bundle = open_bundle(world.bundle());
  const BundlePrerequisite* const base =
      bundle.find_prerequisite(world.old_base->descriptor.digest());
  ASSERT_NE(base, nullptr);
  EXPECT_EQ(base->diff_id, world.old_base->diff_id);
  EXPECT_EQ(bundle.index().prerequisites.size(), 3U);  // and each child's own layer
}

TEST(Bundle, SameImagesSameBytesForAnyNumberOfThreads) {
  const BundleWorld world;
  EXPECT_EQ(world.bundle(Deltas::where_smaller, 1), world.bundle(Deltas::where_smaller, 8));
}

TEST(Bundle, WithoutDeltasBlobsGoWhole) {
  const BundleWorld world;
  const Bundle bundle = open_bundle(world.bundle(Deltas::none));
  EXPECT_EQ(bundle.index().blobs[0].form, BlobForm::whole);
  BundleReceiver receiver;
  give_old_images(world, receiver);
  receiver.unpack(bundle);
  EXPECT_NE(receiver.blobs.find(world.new_base->descriptor.digest()), nullptr);
}

TEST(Bundle, ABlobOfAnotherCompressorGoesWhole) {
  BundleWorld world;
  std::string foreign = bytes_of(world.blobs, world.new_base->descriptor.digest());
  foreign[9] = 3;  // the system in the header, as gzip writes it
  const ImageLayer layer{
      Descriptor(world.new_base->descriptor.media_type(), world.blobs.add(foreign), foreign.size()),
      world.new_base->diff_id};
  const Image image = testing::add_image(world.blobs, {layer});
  const Bundle bundle =
      open_bundle(world.bundle({{"app:1", world.old_images[0].descriptor(), image.descriptor()}}));
  ASSERT_EQ(bundle.index().blobs.size(), 1U);
  EXPECT_NE(bundle.index().blobs[0].form, BlobForm::archive_delta);
  BundleReceiver receiver;
  give_old_images(world, receiver);
  receiver.unpack(bundle);
  EXPECT_EQ(bytes_of(receiver.blobs, layer.descriptor.digest()), foreign);
}

TEST(Bundle, ABlobOfAnotherCompressorThatOnlyEndsOtherwiseIsADeltaOfItsBytes) {
  BundleWorld world;
  std::string foreign = bytes_of(world.blobs, world.old_base->descriptor.digest());
  foreign[9] = 3;
  testing::RawTar more;
  const std::string archive = BundleWorld::base_archive(testing::noise(400'000, 2));
  const ImageLayer old_layer{
      Descriptor(world.old_base->descriptor.media_type(), world.blobs.add(foreign), foreign.size()),
      world.old_base->diff_id};
  std::string other = foreign;
  other[4] = 7;  // a time: all but this is the same
  const ImageLayer new_layer{
      Descriptor(world.old_base->descriptor.media_type(), world.blobs.add(other), other.size()),
      world.old_base->diff_id};
  const Image before = testing::add_image(world.blobs, {old_layer});
  const Image after = testing::add_image(world.blobs, {new_layer});
  const Bundle bundle =
      open_bundle(world.bundle({{"app:1", before.descriptor(), after.descriptor()}}));
  ASSERT_EQ(bundle.index().blobs.size(), 1U);
  EXPECT_EQ(bundle.index().blobs[0].form, BlobForm::blob_delta);
  BundleReceiver receiver;
  receiver.take(world.blobs, before);
  receiver.unpack(bundle);
  EXPECT_EQ(bytes_of(receiver.blobs, new_layer.descriptor.digest()), other);
}

TEST(Bundle, EveryCompressionOfOursComesBack) {
  for (const EncoderOptions options :
       {EncoderOptions{Compression::none, 0}, EncoderOptions{Compression::gzip, 9},
        EncoderOptions{Compression::zstd, 3}}) {
    BundleWorld world;
    const std::string archive = BundleWorld::base_archive("fixed" + testing::noise(300'000, 2));
    const ImageLayer layer = testing::add_layer(world.blobs, archive, options);
    const Image image = testing::add_image(world.blobs, {layer});
    const Bundle bundle = open_bundle(
        world.bundle({{"app:1", world.old_images[0].descriptor(), image.descriptor()}}));
    EXPECT_EQ(bundle.index().blobs[0].form, BlobForm::archive_delta);
    BundleReceiver receiver;
    give_old_images(world, receiver);
    receiver.unpack(bundle);
    EXPECT_NE(receiver.blobs.find(layer.descriptor.digest()), nullptr);
  }
}

TEST(Bundle, FromNothingItHoldsEverything) {
  const BundleWorld world;
  const Bundle bundle =
      open_bundle(world.bundle({{"app:1", std::nullopt, world.new_images[0].descriptor()}}));
  EXPECT_TRUE(bundle.index().prerequisites.empty());
  BundleReceiver receiver;
  receiver.unpack(bundle);
  EXPECT_NO_THROW(closure(receiver.blobs, world.new_images[0].descriptor(), "image"));
}

TEST(Bundle, AMissingPrerequisiteIsNamedAndNothingIsWritten) {
  const BundleWorld world;
  BundleReceiver receiver;
  receiver.take(world.blobs, world.old_images[0]);
  const std::size_t count = receiver.blobs.count();
  const auto error = error_of([&] { receiver.unpack(open_bundle(world.bundle())); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  const Digest own = world.old_images[1].layers()[1].descriptor.digest();
  EXPECT_NE(std::string(error->what()).find(own.to_string()), std::string::npos);
  EXPECT_EQ(receiver.blobs.count(), count);
}

TEST(Bundle, OneOfItsImagesNeedsOnlyItsOwnPrerequisites) {
  const BundleWorld world;
  const Bundle bundle = open_bundle(world.bundle());
  BundleReceiver receiver;
  receiver.take(world.blobs, world.old_images[1]);
  const std::vector<std::string> names = {"app:2"};
  unpack_bundle(bundle, choose_images(bundle, names),
                {receiver.blobs, receiver.layers, receiver.workers, receiver.silent, {}});
  EXPECT_NO_THROW(closure(receiver.blobs, world.new_images[1].descriptor(), "image"));
}

// Gives every blob, but one of them with a byte changed.
class Damaged final : public BlobStore {
 public:
  Damaged(BlobStore& below, Digest damaged) : below_(below), damaged_(std::move(damaged)) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    auto blob = below_.find(digest);
    if (blob == nullptr || digest != damaged_) return blob;
    std::string bytes = read_all(*blob, UINT64_MAX, "blob");
    bytes[bytes.size() / 2] ^= 1;
    return std::make_unique<StringAccess>(std::move(bytes));
  }
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override {
    ++touched;
    return below_.create(algorithm);
  }
  bool keep(const Descriptor& blob) override {
    ++touched;
    return below_.keep(blob);
  }
  std::size_t touched = 0;

 private:
  BlobStore& below_;
  Digest damaged_;
};

TEST(Bundle, APrerequisiteThatDiffersByOneByteIsRefusedAndNothingIsWritten) {
  const BundleWorld world;
  const Bundle bundle = open_bundle(world.bundle());
  for (const BundlePrerequisite& prerequisite : bundle.index().prerequisites) {
    BundleReceiver receiver;
    give_old_images(world, receiver);
    const std::size_t count = receiver.blobs.count();
    Damaged damaged(receiver.blobs, prerequisite.blob.digest());
    LayerCache layers(damaged, std::nullopt);
    EXPECT_EQ(kind_of([&] {
                unpack_bundle(bundle, bundle.index().images,
                              {damaged, layers, receiver.workers, receiver.silent, {}});
              }),
              ErrorKind::corrupt);
    EXPECT_EQ(receiver.blobs.count(), count);
    EXPECT_EQ(damaged.touched, 0U) << "leases are files, too";
  }
}

TEST(Bundle, AnUnknownNameIsNotFound) {
  const BundleWorld world;
  const Bundle bundle = open_bundle(world.bundle());
  const std::vector<std::string> names = {"app:3"};
  EXPECT_EQ(kind_of([&] { choose_images(bundle, names); }), ErrorKind::not_found);
}

TEST(Bundle, AnyByteAlteredOrMissingIsNoticed) {
  const BundleWorld world;
  const std::string bytes = world.bundle();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 0x10);
    EXPECT_TRUE(error_of([&] { open_bundle(altered); })) << at;
  }
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_TRUE(error_of([&] { open_bundle(bytes.substr(0, size)); })) << size;
  }
  EXPECT_EQ(kind_of([&] { open_bundle(bytes + "x"); }), ErrorKind::corrupt);
}

TEST(Bundle, ALaterVersionIsToldFromDamage) {
  const BundleWorld world;
  std::string bytes = world.bundle();
  bytes[8] = 2;
  EXPECT_EQ(kind_of([&] { open_bundle(bytes); }), ErrorKind::unsupported);
}

// The archives of a daemon: same layers, uncompressed, under their DiffIds.
TEST(Bundle, APlaceThatKeepsUncompressedLayersGetsTheSameImageIds) {
  BundleWorld world;
  const Bundle bundle = open_bundle(world.bundle());
  BundleReceiver receiver;
  KnownLayers known;
  for (const Image& image : world.old_images) {
    for (const ImageLayer& layer : image.layers()) {
      const auto decoder =
          make_decoder(Compression::gzip, world.blobs.open(layer.descriptor.digest()));
      const std::string archive = read_all(*decoder, UINT64_MAX, "layer");
      known.insert_or_assign(layer.diff_id,
                             testing::add_layer(receiver.blobs, archive, {Compression::none, 0}));
    }
  }
  const auto required = required_layers(bundle, bundle.index().images, std::nullopt);
  for (const DiffId& layer : required) EXPECT_TRUE(known.contains(layer));
  const auto names =
      rebuild_images(bundle, bundle.index().images, known, std::nullopt,
                     {receiver.blobs, receiver.layers, receiver.workers, receiver.silent, {}});
  ASSERT_EQ(names.size(), 2U);
  for (std::size_t number = 0; number < 2; ++number) {
    const Image image = load_image(receiver.blobs, names[number].root, "rebuilt");
    EXPECT_EQ(image.configuration_text(), world.new_images[number].configuration_text());
    StringSink archive;
    write_image_archive(receiver.blobs, names, archive);  // verifies every blob
  }
}

// Text of some thousand different words, as compilers and people write it.
std::string words(std::size_t size, std::uint32_t seed) {
  const std::string letters = testing::noise(size, seed);
  std::string text;
  for (std::size_t at = 0; text.size() < size; ++at) {
    text += "word" + std::to_string(static_cast<unsigned char>(letters[at]) * 7919U % 4096U) + ' ';
  }
  return text.substr(0, size);
}

// A layer of which one member went, another has a new mode; deflate blocks of the rest stayed.
ImageLayer splice(BundleWorld& world, const ImageLayer& old) {
  SilentObserver observer;
  Workers workers(2);
  LayerCache cache(world.blobs, std::nullopt);
  LayerSplice splice;
  splice.layer = cache.open(std::span(&old, 1), workers, observer).front();
  ShapeStore shapes;
  std::vector<Inode> changed;
  changed.reserve(splice.layer->entries.size());
  for (std::size_t at = 0; at < splice.layer->entries.size(); ++at) {
    const LayerEntry& entry = splice.layer->entries[at];
    if (entry.path == "gone") splice.exchanged[at] = std::nullopt;
    if (entry.path != "changed") continue;
    InodeFields inode = fields_of(entry.inode);
    inode.mode = 0600;
    changed.emplace_back(inode, shapes);
    splice.exchanged[at] = PlannedMember(entry.path, &changed.back(), &entry);
  }
  return write_spliced_layer(world.blobs, splice, cache, workers, observer,
                             {Compression::gzip, 0, true}, MediaFamily::oci)
      .layer;
}

TEST(Bundle, ALayerThatTookOverDeflateBlocksComesBackFromASmallDelta) {
  BundleWorld world;
  // Members that another layer of the image has, too: where a run begins, and inside it.
  testing::RawTar other;
  const auto directory = [](const std::string& name) {
    return testing::RawMember{.name = name + "/", .type = '5', .mode = 0755};
  };
  other.add(directory("shared")).add(directory("shared/too")).add(directory("and"));
  testing::RawTar tar;
  tar.add(directory("shared")).file("first", words(2'000'000, 1)).file("gone", words(300'000, 2));
  tar.add(directory("shared/too")).file("middle", words(2'000'000, 3)).file("shared/.wh.old");
  tar.add(directory("and")).file("changed", words(300'000, 4)).file("shared/.wh.older");
  const ImageLayer old = testing::add_layer(
      world.blobs, tar.file("last", words(2'000'000, 5)).end(), {Compression::gzip, 9});
  const ImageLayer spliced = splice(world, old);
  const ImageLayer above = testing::add_layer(world.blobs, other.end());
  const Image before = testing::add_image(world.blobs, {old, above});
  const Image after = testing::add_image(world.blobs, {spliced, above});
  const std::string bytes = world.bundle({{"app:1", before.descriptor(), after.descriptor()}});
  const Bundle bundle = open_bundle(bytes);
  ASSERT_EQ(bundle.index().blobs.size(), 1U);
  EXPECT_EQ(bundle.index().blobs[0].form, BlobForm::archive_delta);
  EXPECT_TRUE(bundle.index().blobs[0].is_spliced);
  EXPECT_LT(bytes.size(), 4000U);
  BundleReceiver receiver;
  receiver.take(world.blobs, before);
  receiver.unpack(bundle);
  EXPECT_EQ(bytes_of(receiver.blobs, spliced.descriptor.digest()),
            bytes_of(world.blobs, spliced.descriptor.digest()));
}

}  // namespace
}  // namespace imgops
