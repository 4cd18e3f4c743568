#include "libimgops/base/hasher.hpp"
#include "libimgops/repository/revision.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/made_image.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace imgops {
namespace {

const Platform arm64{"linux", "arm64", "v8"};
const Platform riscv64{"linux", "riscv64", ""};

// Three layers, six steps: a base of one layer and its CMD, then an ARG, two layers and a USER.
const made::MadeImage base_image{
    {{"/bin/sh -c #(nop) ADD file:x in / ", "base"}, {"/bin/sh -c #(nop)  CMD [\"sh\"]", {}}}};
const made::MadeImage app_image{{{"/bin/sh -c #(nop) ADD file:x in / ", "base"},
                                 {"/bin/sh -c #(nop)  CMD [\"sh\"]", {}},
                                 {"/bin/sh -c #(nop)  ARG A", {}},
                                 {"/bin/sh -c apt-get update", "lists"},
                                 {"/bin/sh -c apt-get install x", "install"},
                                 {"/bin/sh -c #(nop)  USER nobody", {}}}};

// Names and blobs in memory.
class World {
 public:
  Descriptor add(const std::string& name, const made::MadeImage& image) {
    return list(name, made::store(*blobs_, image));
  }
  Descriptor list(const std::string& name, const Descriptor& descriptor) {
    manifests_.push_back(name.empty() ? descriptor
                                      : descriptor.with_annotation(annotation_ref_name, name));
    return descriptor;
  }
  MemoryBlobs& blobs() { return *blobs_; }
  Collection collection() const {
    return {*blobs_, Index::empty().with_manifests(manifests_), "lay"};
  }
  ResolvedImage resolve(std::string_view word, const std::optional<Platform>& platform = {}) const {
    return imgops::resolve(collection(), parse_revision(word, {}), platform);
  }
  std::optional<Error> error(std::string_view word) const {
    return made::error_of([&] { resolve(word); });
  }
  std::optional<ErrorKind> kind(std::string_view word) const {
    return made::kind_of([&] { resolve(word); });
  }

 private:
  std::unique_ptr<MemoryBlobs> blobs_ = std::make_unique<MemoryBlobs>();
  std::vector<Descriptor> manifests_;
};

World world_of_app() {
  World world;
  world.add("debian:v1", base_image);
  world.add("app:1", app_image);
  return world;
}

// How many steps and layers remain: "4 steps, 2 layers".
std::string size_of(const ResolvedImage& image) {
  EXPECT_EQ(image.layer_count, image.image.layers().size());
  EXPECT_EQ(image.step_count, image.image.history().size());
  return std::to_string(image.step_count) + " steps, " + std::to_string(image.layer_count) +
         " layers";
}

TEST(Resolve, ANameIsItsWholeImage) {
  World world;
  const auto stored = world.add("app:1", app_image);
  const auto resolved = world.resolve("app:1");
  EXPECT_EQ(resolved.name, "app:1");
  EXPECT_EQ(resolved.root, stored);
  EXPECT_EQ(resolved.image.descriptor(), stored);
  EXPECT_EQ(size_of(resolved), "6 steps, 3 layers");
  EXPECT_TRUE(resolved.is_whole);
}

struct Cut {
  std::string word;
  std::string expected;
};
void PrintTo(const Cut& cut, std::ostream* out) {
  *out << cut.word;
}
class ResolveCut : public ::testing::TestWithParam<Cut> {};

TEST_P(ResolveCut, LeavesWhatTheTableSays) {
  EXPECT_EQ(size_of(world_of_app().resolve(GetParam().word)), GetParam().expected);
}

const std::string install_layer = digest_of(as_bytes("install")).hexadecimal();

const std::vector<Cut> cuts{
    {"app:1~0", "6 steps, 3 layers"},
    {"app:1~1", "4 steps, 2 layers"},
    {"app:1~2", "3 steps, 1 layers"},
    {"app:1~3", "0 steps, 0 layers"},
    {"app:1^^", "3 steps, 1 layers"},
    {"app:1#1", "1 steps, 1 layers"},
    {"app:1#4", "4 steps, 2 layers"},
    {"app:1#-1", "6 steps, 3 layers"},
    {"app:1#-2", "5 steps, 3 layers"},
    {"app:1#5~1", "4 steps, 2 layers"},
    {"app:1~1#-1", "4 steps, 2 layers"},
    {"app:1^{/apt-get}", "5 steps, 3 layers"},
    {"app:1^{/^RUN apt-get update$}", "4 steps, 2 layers"},
    {"app:1~1^{/apt-get}", "4 steps, 2 layers"},
    {"app:1^{/USER}", "6 steps, 3 layers"},
    {"app:1^{layer:" + install_layer.substr(0, 8) + "}", "5 steps, 3 layers"},
    {"app:1^{base}", "2 steps, 1 layers"},
    {"app:1~1^{base}", "2 steps, 1 layers"},
    {"@" + install_layer, "5 steps, 3 layers"},
    {"@" + install_layer.substr(0, 12) + "~1", "4 steps, 2 layers"},
};
INSTANTIATE_TEST_SUITE_P(Table, ResolveCut, ::testing::ValuesIn(cuts));

TEST(Resolve, ACutImageIsNotWhole) {
  EXPECT_FALSE(world_of_app().resolve("app:1~1").is_whole);
  EXPECT_TRUE(world_of_app().resolve("app:1~0").is_whole);
}

TEST(Resolve, ACutImageHasTheRootOfTheWholeOne) {
  World world;
  const auto stored = world.add("app:1", app_image);
  EXPECT_EQ(world.resolve("app:1~1").root, stored);
}

TEST(Resolve, MoreLayersThanThereAreAreNotFound) {
  EXPECT_EQ(world_of_app().kind("app:1~4"), ErrorKind::not_found);
}

TEST(Resolve, AStepBeyondTheImageIsNotFound) {
  EXPECT_EQ(world_of_app().kind("app:1#7"), ErrorKind::not_found);
  EXPECT_EQ(world_of_app().kind("app:1#-7"), ErrorKind::not_found);
}

TEST(Resolve, TellsWhichBaseItFound) {
  const auto base = world_of_app().resolve("app:1^{base}").base;
  ASSERT_TRUE(base);
  EXPECT_EQ(base->names, std::vector<std::string>{"debian:v1"});
  EXPECT_FALSE(world_of_app().resolve("app:1~1").base);
}

TEST(Resolve, WithoutLogsThereIsNoPast) {
  EXPECT_EQ(world_of_app().kind("app:1@{1}"), ErrorKind::invalid_argument);
}

TEST(Resolve, AnExpressionThatMatchesNothingIsNotFound) {
  EXPECT_EQ(world_of_app().kind("app:1^{/pip}"), ErrorKind::not_found);
}

TEST(Resolve, AnExpressionSeesNoBuildersWrapping) {
  EXPECT_EQ(world_of_app().kind("app:1^{/nop}"), ErrorKind::not_found);
}

TEST(Resolve, ALayerThatIsNotInTheImageIsNotFound) {
  EXPECT_EQ(world_of_app().kind("debian:v1^{layer:" + install_layer + "}"), ErrorKind::not_found);
}

TEST(Resolve, ALayerThatIsTwiceInTheImageIsAmbiguous) {
  World world;
  world.add("twice", {{{"RUN a", "same"}, {"RUN b", "same"}}});
  const auto error = world.error("twice^{layer:" + digest_of(as_bytes("same")).hexadecimal() + "}");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::ambiguous);
  EXPECT_EQ(error->hint().substr(0, 2), "#1");
}

TEST(Resolve, ABaseKeepsTheStepsThatTheHistoryShowsToBeItsOwn) {
  const auto resolved = world_of_app().resolve("app:1^{base}");
  EXPECT_EQ(resolved.image.history().back().created_by, "/bin/sh -c #(nop)  CMD [\"sh\"]");
}

TEST(Resolve, AStepThatHasAnImageOfItsOwnIsThatImage) {
  World world;
  const Descriptor base = world.add("debian:v1", base_image);
  world.add("app:1", app_image);
  const auto resolved = world.resolve("app:1#2");
  EXPECT_EQ(resolved.image.descriptor(), base);
  EXPECT_EQ(resolved.origin, SettingsOrigin::exact);
}

TEST(Resolve, AnImageWithoutANameMayBeTheStep) {
  World world;
  const Descriptor base = world.add("", base_image);
  world.add("app:1", app_image);
  EXPECT_EQ(world.resolve("app:1#2").image.descriptor(), base);
}

TEST(Resolve, AStepWithoutAnImageHasReplayedSettings) {
  EXPECT_EQ(world_of_app().resolve("app:1#3").origin, SettingsOrigin::replayed);
}

TEST(Resolve, NoBaseIsNotFoundAndTheHintSaysWhatToDo) {
  World world;
  world.add("app:1", {{{"RUN a", "a"}, {"RUN b", "b"}}});
  const auto error = world.error("app:1^{base}");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_EQ(error->hint(), "--base scratch, or flatten");
}

TEST(Resolve, AGuessedBaseIsNone) {
  World world;
  world.add("app:1", app_image);  // its first CMD would be the guess
  EXPECT_EQ(world.kind("app:1^{base}"), ErrorKind::not_found);
}

TEST(Resolve, AMissingNameIsNotFoundWithTheNearest) {
  const auto error = world_of_app().error("ap:1");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_EQ(error->hint(), "did you mean app:1?");
}

TEST(Resolve, AMissingNameFarFromAllListsThem) {
  EXPECT_EQ(world_of_app().error("zzzzz")->hint(), "there are debian:v1, app:1");
}

TEST(Resolve, TheOnlyImageNeedsNoName) {
  World world;
  const auto stored = world.add("app:1", app_image);
  world.list("again", stored);
  EXPECT_EQ(world.resolve("oci:lay").root, stored);
}

TEST(Resolve, TheOnlyImageMayHaveNoName) {
  World world;
  const auto stored = world.add("", app_image);
  EXPECT_EQ(world.resolve("oci:lay").root, stored);
}

TEST(Resolve, SeveralImagesWithoutANameAreAmbiguousAndListed) {
  const auto error = world_of_app().error("oci:lay");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::ambiguous);
  EXPECT_NE(error->hint().find("debian:v1, app:1"), std::string::npos);
}

TEST(Resolve, ASignatureIsNotASecondImage) {
  World world;
  const auto stored = world.add("app:1", app_image);
  world.list("",
             made::store_artifact(world.blobs(), "x").with_platform({"unknown", "unknown", ""}));
  EXPECT_EQ(world.resolve("oci:lay").root, stored);
}

TEST(Resolve, AnEmptyLayoutHoldsNoImage) {
  EXPECT_EQ(World().kind("oci:lay"), ErrorKind::not_found);
}

TEST(Resolve, APlaceInTheIndexCountsFromNought) {
  EXPECT_EQ(world_of_app().resolve("oci:lay:@1").name, "app:1");
  EXPECT_EQ(world_of_app().kind("oci:lay:@2"), ErrorKind::not_found);
}

TEST(Resolve, TheBeginningOfAManifestsDigestIsThatImage) {
  World world = world_of_app();
  const auto stored = world.add("other", {{{"RUN a", "a"}}});
  const auto resolved = world.resolve("@" + stored.digest().hexadecimal().substr(0, 16));
  EXPECT_EQ(resolved.root, stored);
  EXPECT_EQ(resolved.name, "");
}

TEST(Resolve, TheDigestAtAPlaceIsThatManifest) {
  World world = world_of_app();
  const auto stored = world.add("other", {{{"RUN a", "a"}}});
  EXPECT_EQ(world.resolve("oci:lay@" + stored.digest().to_string()).root, stored);
}

TEST(Resolve, TheImageIdIsTheImage) {
  World world = world_of_app();
  const auto stored = world.add("other", {{{"RUN a", "a"}}});
  const auto id = world.resolve("other").image.configuration_descriptor().digest();
  EXPECT_EQ(world.resolve("sha256:" + id.hexadecimal().substr(0, 12)).root, stored);
}

TEST(Resolve, AUnnamedImageIsReachedByItsDigest) {
  World world = world_of_app();
  const auto stored = world.add("", {{{"RUN a", "a"}}});
  EXPECT_EQ(world.resolve("@" + stored.digest().hexadecimal()).root, stored);
}

TEST(Resolve, ALayerSharedByTwoImagesOnTheSameStackIsOneThing) {
  World world = world_of_app();
  world.add("app:2", app_image);
  EXPECT_EQ(size_of(world.resolve("@" + digest_of(as_bytes("base")).hexadecimal())),
            "1 steps, 1 layers");
}

TEST(Resolve, ALayerOnTwoStacksIsAmbiguousWithTheCandidates) {
  World world = world_of_app();
  world.add("odd", {{{"RUN x", "x"}, {"RUN b", "install"}}});
  const auto error = world.error("@" + install_layer);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::ambiguous);
  EXPECT_NE(error->hint().find("layer sha256:" + install_layer), std::string::npos);
}

// Images until two manifests begin with the same four digits.
TEST(Resolve, APrefixOfTwoManifestsIsAmbiguous) {
  World world;
  std::map<std::string, int> seen;
  std::string prefix;
  for (int number = 0; prefix.empty(); ++number) {
    const auto stored = world.add("", {{{"RUN a", "a"}}, host_platform(), std::to_string(number)});
    const std::string start = stored.digest().hexadecimal().substr(0, 4);
    if (++seen[start] == 2) prefix = start;
  }
  EXPECT_EQ(world.kind("@" + prefix), ErrorKind::ambiguous);
}

TEST(Resolve, APrefixOfNothingIsNotFound) {
  EXPECT_EQ(World().kind("@abcdef"), ErrorKind::not_found);
}

TEST(Resolve, ADamagedImageDoesNotHideOthersFromASearch) {
  World world;
  world.list("broken", Descriptor("application/vnd.oci.image.manifest.v1+json",
                                  digest_of(as_bytes("absent")), 6));
  const auto stored = world.add("app:1", app_image);
  EXPECT_EQ(world.resolve("@" + install_layer).root, stored);
}

TEST(Resolve, ANameWinsOverAnIdOfItsSpelling) {
  World world = world_of_app();
  const auto app = world.resolve("app:1").root;
  const std::string spelling = "sha256:" + app.digest().hexadecimal().substr(0, 8);
  const auto other = world.add(spelling, {{{"RUN a", "a"}}});
  EXPECT_EQ(world.resolve(spelling).root, other);
}

TEST(Resolve, ScratchIsTheEmptyImageOfThePlatform) {
  const auto resolved = World().resolve("scratch", arm64);
  EXPECT_EQ(size_of(resolved), "0 steps, 0 layers");
  EXPECT_EQ(resolved.image.platform(), arm64);
  EXPECT_TRUE(resolved.is_whole);
}

TEST(Resolve, ScratchHasNoRoot) {
  EXPECT_EQ(made::kind_of([] {
              const World world;
              resolve_root(world.collection(), parse_revision("scratch", {}));
            }),
            ErrorKind::invalid_argument);
}

TEST(Resolve, TakesThePlatformAskedForAndSaysWhereItIs) {
  World world;
  made::MadeImage other = app_image;
  other.platform = riscv64;
  const auto root =
      world.list("multi", made::store_list(world.blobs(), {made::store(world.blobs(), app_image),
                                                           made::store(world.blobs(), other)}));
  const auto resolved = world.resolve("multi~1", riscv64);
  EXPECT_EQ(resolved.image.platform(), riscv64);
  EXPECT_EQ(resolved.position, std::vector<std::size_t>{1});
  EXPECT_EQ(resolved.root, root);
}

TEST(Resolve, AnImageInsideAnIndexIsReachedByItsDigest) {
  World world;
  const auto inner = made::store(world.blobs(), app_image);
  world.list("multi", made::store_list(world.blobs(), {inner}));
  EXPECT_EQ(world.resolve("@" + inner.digest().hexadecimal().substr(0, 20)).root, inner);
}

TEST(ResolveRoot, IgnoresSuffixes) {
  const World world = world_of_app();
  EXPECT_EQ(resolve_root(world.collection(), parse_revision("app:1~2", {})).name, "app:1");
}

TEST(ImagesInReach, LeaveOutWhatIsNoImageOfThePlatform) {
  World world = world_of_app();
  made::MadeImage other = app_image;
  other.platform = riscv64;
  world.add("other", other);
  world.list("signature", made::store_artifact(world.blobs(), "x"));
  world.list("broken", Descriptor("application/vnd.oci.image.manifest.v1+json",
                                  digest_of(as_bytes("absent")), 6));
  const auto images = images_in_reach(world.collection(), world.resolve("app:1").image);
  ASSERT_EQ(images.size(), 2U);
  EXPECT_EQ(images[0].name, "debian:v1");
  EXPECT_EQ(images[1].name, "app:1");
}

}  // namespace
}  // namespace imgops
