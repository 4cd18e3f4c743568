// Bundles that a stranger sealed: everything is in order but what they say.
#include "libimgops/codec/reference_frame.hpp"
#include "libimgops/transfer/delta_plan.hpp"
#include "tests/support/errors.hpp"
#include "tests/transfer/bundle_world.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace imgops {
namespace {

using testing::BundleReceiver;
using testing::BundleWorld;
using testing::error_of;
using testing::kind_of;
using testing::open_bundle;

struct Taken {
  BundleIndex index;
  std::vector<std::string> parts;
};

Taken taken_apart(const std::string& bytes) {
  const Bundle bundle = open_bundle(bytes);
  Taken taken{bundle.index(), {}};
  std::uint64_t all = 32;
  for (const BundlePart& part : taken.index.parts) all += part.size_bytes;
  std::uint64_t at = bytes.size() - all;
  for (const BundlePart& part : taken.index.parts) {
    taken.parts.push_back(bytes.substr(at, part.size_bytes));
    at += part.size_bytes;
  }
  return taken;
}

std::string put_together(Taken taken) {
  for (std::size_t number = 0; number < taken.parts.size(); ++number) {
    taken.index.parts[number] = {taken.parts[number].size(),
                                 digest_of(as_bytes(taken.parts[number]))};
  }
  std::string bytes = encode_bundle_head(taken.index);
  for (const std::string& part : taken.parts) bytes += part;
  return bytes + std::string(as_text(digest_of(as_bytes(bytes)).value()));
}

// A sound bundle with `spoil` done to it, brought to a receiver that has the old images. Returns
// what happened; whatever it was, the receiver is as before.
std::optional<ErrorKind> after(const std::function<void(Taken&)>& spoil) {
  const BundleWorld world;
  Taken taken = taken_apart(world.bundle());
  spoil(taken);
  const std::string bytes = put_together(std::move(taken));
  BundleReceiver receiver;
  for (const Image& image : world.old_images) receiver.take(world.blobs, image);
  const std::size_t count = receiver.blobs.count();
  const auto kind = kind_of([&] { receiver.unpack(open_bundle(bytes)); });
  if (kind) {
    EXPECT_EQ(receiver.blobs.count(), count);
  }
  return kind;
}

TEST(HostileBundle, PutTogetherAgainItIsSound) {
  EXPECT_EQ(after([](Taken&) {}), std::nullopt);
}

TEST(HostileBundle, NamesOutsideTheGrammarAreRefused) {
  for (const char* name : {"../../etc/passwd", "/etc/passwd", "a/../b", "", "a\nb", "a b"}) {
    EXPECT_EQ(after([&](Taken& taken) { taken.index.images[0].name = name; }), ErrorKind::corrupt)
        << name;
  }
  EXPECT_EQ(after([](Taken& taken) { taken.index.images[0].name = taken.index.images[1].name; }),
            ErrorKind::corrupt);
}

TEST(HostileBundle, ADeltaOfAnotherArchiveIsRefusedBeforeAnythingIsWritten) {
  EXPECT_EQ(after([](Taken& taken) {
              DeltaPlan plan;
              plan.steps = {{DeltaSpan{0, 0, taken.index.blobs[0].archive_bytes}, 0}};
              taken.parts[1] = encode_plan_end(plan);
            }),
            ErrorKind::corrupt);
}

TEST(HostileBundle, ADeltaThatPromisesAnotherSizeIsRefused) {
  EXPECT_EQ(after([](Taken& taken) { ++taken.index.blobs[0].archive_bytes; }), ErrorKind::corrupt);
  EXPECT_EQ(after([](Taken& taken) { --taken.index.blobs[0].size_bytes; }), ErrorKind::corrupt);
}

TEST(HostileBundle, ADeltaThatBecomesEndlessIsRefusedBeforeItIsFollowed) {
  EXPECT_EQ(after([](Taken& taken) {
              constexpr std::uint64_t span = 800'000;
              constexpr std::uint64_t times = 30'000;
              DeltaPlan plan;
              plan.steps.assign(times, {DeltaSpan{0, 0, span}, 0});
              taken.index.blobs[0].archive_bytes = span * times;
              taken.parts[1] = encode_plan_end(plan);
            }),
            ErrorKind::corrupt);
}

TEST(HostileBundle, AFrameThatIsNoneIsRefused) {
  EXPECT_EQ(after([](Taken& taken) { taken.parts[1][0] = 'x'; }), ErrorKind::corrupt);
}

TEST(HostileBundle, AnEncoderThatIsNotOursIsToldFromDamage) {
  EXPECT_EQ(after([](Taken& taken) {
              taken.index.blobs[0].encoder = "another";
              taken.index.blobs[0].level = 1;
            }),
            ErrorKind::unsupported);
}

TEST(HostileBundle, ABlobThatNobodyHasIsNamed) {
  EXPECT_EQ(after([](Taken& taken) { taken.index.prerequisites.pop_back(); }), ErrorKind::corrupt);
  EXPECT_EQ(after([](Taken& taken) {
              taken.index.blobs.clear();
              taken.parts.pop_back();
              taken.index.parts.pop_back();
            }),
            ErrorKind::corrupt);
}

TEST(HostileBundle, DocumentsThatAreOthersOrTooManyAreRefused) {
  EXPECT_EQ(after([](Taken& taken) { taken.index.documents.pop_back(); }), ErrorKind::corrupt);
  EXPECT_EQ(after([](Taken& taken) {
              std::swap(taken.index.documents[0].digest, taken.index.documents[1].digest);
            }),
            ErrorKind::corrupt);
  EXPECT_EQ(after([](Taken& taken) { taken.index.documents[0].size_bytes = 1ULL << 40; }),
            ErrorKind::corrupt);
}

TEST(HostileBundle, ASourceThatIsNoPrerequisiteIsRefused) {
  EXPECT_EQ(after([](Taken& taken) { taken.index.blobs[0].sources = {99}; }), ErrorKind::corrupt);
}

}  // namespace
}  // namespace imgops
