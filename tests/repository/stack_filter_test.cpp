// What the cache of stacks may never do: change an answer.
#include "libimgops/repository/stack_filter.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/repository/possible_bases.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/made_image.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace imgops {
namespace {

const int parameters_are_set = setenv("RC_PARAMS", "seed=20261121 max_success=150", 0);

const Platform riscv64{"linux", "riscv64", ""};

// Some blobs cannot be found, or not be read.
class FaultyBlobs final : public BlobSource {
 public:
  explicit FaultyBlobs(const BlobSource& blobs) : blobs_(blobs) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    if (broken.contains(digest)) throw Error(ErrorKind::input_output, "cannot be read");
    return absent.contains(digest) ? nullptr : blobs_.find(digest);
  }
  std::set<Digest> absent;
  std::set<Digest> broken;

 private:
  const BlobSource& blobs_;
};

struct World {
  made::TemporaryDirectory directory;
  CacheLocation cache{directory.path() / "cache", "key"};
  MemoryBlobs store;
  FaultyBlobs blobs{store};
  std::vector<Descriptor> listed;

  void list(const std::string& name, const Descriptor& descriptor) {
    listed.push_back(name.empty() ? descriptor
                                  : descriptor.with_annotation(annotation_ref_name, name));
  }
  Collection collection(const std::optional<CacheLocation>& location) const {
    return {blobs, Index::empty().with_manifests(listed), "lay", nullptr, location};
  }
  std::filesystem::path file() const { return cache.directory / "stacks"; }
};

std::string text_of(const std::vector<NamedImage>& images) {
  std::string text;
  for (const NamedImage& found : images) {
    text += found.name + "=" + found.image.descriptor().digest().short_text() + " ";
  }
  return text;
}

// Everything a word resolves to, or how it fails.
std::string answer(const Collection& collection, const std::string& word,
                   const std::optional<Platform>& platform) {
  try {
    const Revision revision = parse_revision(word, {});
    const ResolvedImage found = resolve(collection, revision, platform);
    Revision whole = revision;
    whole.suffixes.clear();
    const Image image = resolve(collection, whole, platform).image;
    std::string text = found.image.manifest_text() + found.image.configuration_text() +
                       std::string(name(found.origin)) + std::to_string(found.step_count) + " " +
                       text_of(images_in_reach(collection, image)) + "| " +
                       text_of(possible_bases(collection, image));
    if (found.base) {
      for (const std::string& base : found.base->names) text += "; " + base;
    }
    for (const std::string& omitted : found.omitted) text += "; " + omitted;
    return text;
  } catch (const Error& error) {
    return error.what();
  }
}

// Few layers and steps, so that many images begin alike.
Descriptor any_image(MemoryBlobs& store) {
  made::MadeImage image;
  const int steps = *rc::gen::inRange(0, 5);
  for (int step = 0; step < steps; ++step) {
    const int kind = *rc::gen::inRange(0, 8);
    if (kind < 5) {
      image.steps.push_back({"RUN step", "layer " + std::to_string(kind < 4 ? step : 9)});
    } else {
      image.steps.push_back({"ENV A=" + std::to_string(kind), {}});
    }
  }
  if (*rc::gen::inRange(0, 4) == 0) image.platform = riscv64;
  if (*rc::gen::inRange(0, 3) == 0) image.note = "note";
  const Descriptor descriptor = made::store(store, image);
  if (*rc::gen::inRange(0, 5) != 0) return descriptor;
  const Image marked = annotate(load_image(store, descriptor, "marked"),
                                {{std::string(annotation_config), "replayed"}});
  store_image(store, marked);
  return marked.descriptor();
}

Descriptor any_root(MemoryBlobs& store, const std::vector<Descriptor>& listed) {
  const int kind = *rc::gen::inRange(0, 12);
  if (kind == 0) return made::store_artifact(store, "text");
  if (kind == 1) {
    return {"application/vnd.oci.image.manifest.v1+json", digest_of(as_bytes("absent")), 6};
  }
  if (kind == 2 && !listed.empty()) {
    return (*rc::gen::elementOf(listed)).with_annotation(annotation_ref_name, {});
  }
  if (kind == 3) return any_image(store).with_platform(riscv64);
  if (kind < 6) {
    std::vector<Descriptor> children;
    for (int left = *rc::gen::inRange(1, 4); left > 0; --left) {
      Descriptor child = any_image(store);
      const int said = *rc::gen::inRange(0, 3);
      if (said == 1) child = child.with_platform(host_platform());
      if (said == 2) child = child.with_platform(riscv64);
      children.push_back(child);
    }
    const Descriptor index = made::store_list(store, children);
    return kind == 4 ? index : made::store_list(store, {index, any_image(store)});
  }
  return any_image(store);
}

// A document below what is listed: a configuration, as a rule.
void damage_one(World& world) {
  const Descriptor root = *rc::gen::elementOf(world.listed);
  if (is_index(root)) {
    world.blobs.absent.insert(root.digest());
    return;
  }
  try {
    const Image image = load_image(world.store, root, "any");
    world.blobs.absent.insert(image.configuration_descriptor().digest());
  } catch (const Error&) {
    return;
  }
}

// As other tools do it.
void change_names(World& world) {
  for (int left = *rc::gen::inRange(1, 4); left > 0; --left) {
    if (!world.listed.empty() && *rc::gen::inRange(0, 3) == 0) {
      const auto at = *rc::gen::inRange<std::size_t>(0, world.listed.size());
      world.listed.erase(world.listed.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const int number = *rc::gen::inRange(0, 8);
    world.list(number == 7 ? "" : "n" + std::to_string(number),
               any_root(world.store, world.listed));
  }
}

TEST(StackFilter, NeverChangesAnAnswer) {
  EXPECT_TRUE(rc::check([] {
    World world;
    for (int round = 0; round < 4; ++round) {
      change_names(world);
      if (!world.listed.empty() && *rc::gen::inRange(0, 4) == 0) damage_one(world);
      if (*rc::gen::inRange(0, 6) == 0) world.blobs.absent.clear();
      CollectionMemory memory;
      for (const NamedDescriptor& named : names_of(Index::empty().with_manifests(world.listed))) {
        for (const char* const suffix : {"", "~1", "#1", "^{base}"}) {
          const std::string word = named.name + suffix;
          const std::optional<Platform> platform =
              *rc::gen::inRange(0, 3) == 0 ? std::optional(riscv64) : std::nullopt;
          Collection remembering = world.collection(world.cache);
          remembering.memory = &memory;
          const auto expected = answer(world.collection({}), word, platform);
          RC_ASSERT(answer(world.collection(world.cache), word, platform) == expected);
          RC_ASSERT(answer(remembering, word, platform) == expected);
        }
      }
    }
  }));
}

const made::MadeImage base_image{{{"ADD base", "base"}}};
const made::MadeImage app_image{{{"ADD base", "base"}, {"RUN make", "made"}}};
const made::MadeImage other_image{{{"ADD other", "other"}}};

World& with_three_images(World& world) {
  world.list("base", made::store(world.store, base_image));
  world.list("app", made::store(world.store, app_image));
  world.list("other", made::store(world.store, other_image));
  return world;
}

Image app_of(const World& world) {
  return load_image(world.store, world.listed[1], "app");
}

std::vector<std::string> passing(const World& world, const CacheLocation& cache) {
  const StackFilter filter(world.collection(cache), app_of(world));
  std::vector<std::string> names;
  for (const std::size_t position : filter.positions()) {
    names.push_back(*world.listed[position].annotation(annotation_ref_name));
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(StackFilter, LetsPassWhatHasTheLowestLayersOrAll) {
  World world;
  EXPECT_EQ(passing(with_three_images(world), world.cache), (Names{"base", "app"}));
}

TEST(StackFilter, LetsOnlyShorterStacksPassWhenAsked) {
  World world;
  with_three_images(world);
  const StackFilter filter(world.collection(world.cache), app_of(world),
                           StackFilter::Wanted::fewer_layers);
  EXPECT_EQ(filter.positions(), std::vector<std::size_t>{0});
}

TEST(StackFilter, OfTwoEntriesWithOneNameTheFirstCounts) {
  World world;
  with_three_images(world);
  world.list("app", made::store(world.store, base_image));
  EXPECT_EQ(passing(world, world.cache), (Names{"base", "app"}));
}

TEST(CollectionMemory, AnswersForManyImagesAfterOneReading) {
  World world;
  with_three_images(world);
  CollectionMemory memory;
  Collection collection = world.collection(world.cache);
  collection.memory = &memory;
  const Image app = app_of(world);
  EXPECT_EQ(StackFilter(collection, app).positions(), (std::vector<std::size_t>{0, 1}));
  std::filesystem::remove(world.file());
  for (const Descriptor& root : world.listed) world.blobs.broken.insert(root.digest());
  EXPECT_EQ(StackFilter(collection, app).positions(), (std::vector<std::size_t>{0, 1}));
  EXPECT_FALSE(std::filesystem::exists(world.file()));
}

TEST(CollectionMemory, FindsTheFirstOfAName) {
  World world;
  with_three_images(world);
  world.list("app", made::store(world.store, base_image));
  const Index index = Index::empty().with_manifests(world.listed);
  CollectionMemory memory;
  for (const char* const name : {"base", "app", "other", "", "none"}) {
    EXPECT_EQ(memory.find(index, name), find_name(index, name)) << name;
  }
}

TEST(StackFilter, KnowsWhatAnEarlierRunRead) {
  World world;
  passing(with_three_images(world), world.cache);
  world.blobs.broken.insert(world.listed[2].digest());
  EXPECT_EQ(passing(world, world.cache), (Names{"base", "app"}));
}

TEST(StackFilter, DoesNotBelieveWhatAnotherUserSealed) {
  World world;
  passing(with_three_images(world), world.cache);
  world.blobs.broken.insert(world.listed[2].digest());
  EXPECT_EQ(passing(world, {world.cache.directory, "another"}), (Names{"base", "app", "other"}));
}

TEST(StackFilter, DoesNotBelieveAFileThatWasChanged) {
  World world;
  passing(with_three_images(world), world.cache);
  world.blobs.broken.insert(world.listed[2].digest());
  std::fstream file(world.file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5);
  file.put('\x7f');
  file.close();
  EXPECT_EQ(passing(world, world.cache), (Names{"base", "app", "other"}));
}

TEST(StackFilter, ForgetsWhatIsListedNoMoreWhenItLearns) {
  World world;
  passing(with_three_images(world), world.cache);
  world.listed.pop_back();
  world.list("more", made::store(world.store, {{{"ADD more", "more"}}}));
  passing(world, world.cache);
  EXPECT_EQ(read_stacks(world.cache).manifests.size(), 3U);
}

TEST(StackFilter, DoesWithoutACacheThatCannotBeWritten) {
  World world;
  std::ofstream(world.cache.directory) << "a file in its place";
  EXPECT_EQ(passing(with_three_images(world), world.cache), (Names{"base", "app"}));
}

TEST(StackFilter, HidesNoImageThatCannotBeRead) {
  World world;
  passing(with_three_images(world), world.cache);
  world.blobs.broken.insert(world.listed[0].digest());
  EXPECT_EQ(
      testing::kind_of([&] { images_in_reach(world.collection(world.cache), app_of(world)); }),
      ErrorKind::input_output);
}

TEST(StackTable, IsReadAsItWasWritten) {
  StackTable table;
  const Digest one = digest_of(as_bytes("one"));
  const Digest two = digest_of(as_bytes("two"), DigestAlgorithm::sha512);
  table.manifests = {{one, {true, two}}, {two, {false, {}}}, {digest_of(as_bytes("three")), {}}};
  table.indexes = {{one, {{two, riscv64}, {one, {}}}}, {two, {}}};
  table.subjects = {{one, two}, {two, {}}};
  const StackTable read = decode_stacks(encode_stacks(table));
  EXPECT_EQ(read.manifests, table.manifests);
  EXPECT_EQ(read.indexes, table.indexes);
  EXPECT_EQ(read.subjects, table.subjects);
}

}  // namespace
}  // namespace imgops
