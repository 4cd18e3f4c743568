// Every way to hide a patch, crossed with everything a patch does to a path. What must be said is
// found by the naive model of semantics, which shares no code with the engine: the patched base's
// layers and the image's own, read back from their archives and laid over each other.
#include "tests/ops/patch_ways.hpp"

#include "tests/ops/patch_workshop.hpp"
#include "tests/semantics/naive_model.hpp"
#include "tests/semantics/naive_tar.hpp"
#include "tests/support/story_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace imgops {
namespace {

using test::PlainNode;
using test::PlainTree;
using testing::LayerBuilder;
using testing::PatchedSpot;
using testing::PatchWorkshop;
using testing::ways_to_hide;
using testing::WayToHide;

// ---- what patches do
// -----------------------------------------------------------------------------

struct PatchStory {
  std::string name;
  PatchedSpot spot;
};

std::function<void(LayerBuilder&)> a_file(const std::string& path, const std::string& text,
                                          std::uint16_t mode = 0644, std::uint32_t uid = 0) {
  return [=](LayerBuilder& layer) {
    layer.file(path, text);
    layer.last().mode = mode;
    layer.last().uid = uid;
  };
}

std::function<void(LayerBuilder&)> a_link(const std::string& path, const std::string& target) {
  return [=](LayerBuilder& layer) { layer.symlink(path, target); };
}

std::vector<PatchStory> patch_stories() {
  const std::string library = "usr/lib/library";
  const std::string pointer = "usr/lib/pointer";
  const std::string part = "usr/lib/module/part";
  const auto old_library = a_file(library, "old library");
  return {
      {"another content", {library, old_library, a_file(library, "new library")}},
      {"a new file", {"usr/lib/addition", {}, a_file("usr/lib/addition", "new library")}},
      {"a file removed", {library, old_library, {}}},
      {"another mode alone", {library, old_library, a_file(library, "old library", 0600)}},
      {"another owner alone", {library, old_library, a_file(library, "old library", 0644, 9)}},
      {"a link that leads elsewhere",
       {pointer, a_link(pointer, "other"), a_link(pointer, "library")}},
      {"a file for a link", {pointer, a_link(pointer, "other"), a_file(pointer, "new library")}},
      {"a new directory", {part, {}, a_file(part, "new part")}}};
}

BasePatch make_patch(PatchWorkshop& shop, const Image& base, const PatchedSpot& spot,
                     PatchPlace place) {
  LayerBuilder files;
  std::vector<std::string> removed;
  if (spot.directory() != "usr/lib") files.directory(spot.directory());
  if (spot.new_file) {
    spot.new_file(files);
  } else {
    removed.push_back(spot.path);
  }
  return shop.patch(base, files.build(), place, removed);
}

Image make_base(PatchWorkshop& shop) {
  LayerBuilder layer;
  layer.directory("usr").directory("usr/lib").directory("usr/share").directory("opt");
  a_file("usr/lib/library", "old library")(layer);
  a_link("usr/lib/pointer", "other")(layer);
  layer.file("usr/lib/other", "other").symlink("lib", "usr/lib").directory("var");
  const Image image =
      shop.add(empty_image({"linux", "amd64", ""}, MediaFamily::oci), layer.build());
  return shop.add(image, LayerBuilder().directory("bin").file("bin/tool", "tool").build());
}

// ---- the judge who shares nothing
// ----------------------------------------------------------------

naive::Names naive_view(PatchWorkshop& shop, std::span<const ImageLayer> layers) {
  naive::Names names = naive::empty_view();
  for (const ImageLayer& layer : layers) {
    const auto index = shop.cache.open(std::span(&layer, 1), shop.workers, shop.observer).front();
    std::string archive(index->archive_bytes, '\0');
    const auto cursor = shop.cache.cursor(*index);
    std::size_t at = 0;
    while (at < archive.size()) {
      at += cursor->read_at(at, std::as_writable_bytes(std::span(archive)).subspan(at));
    }
    names = naive::apply_layer(names, naive::members_of(naive::read_tar(archive)));
  }
  return names;
}

const PlainNode* find(const PlainTree& tree, const std::string& path) {
  const auto found = tree.find(path);
  return found == tree.end() ? nullptr : &found->second;
}

// Everything but times and other names.
bool is_same(const PlainNode* left, const PlainNode* right) {
  if (left == nullptr || right == nullptr) return left == right;
  return left->type == right->type && left->mode == right->mode && left->uid == right->uid &&
         left->gid == right->gid && left->device == right->device &&
         left->target == right->target && left->content == right->content &&
         left->xattrs == right->xattrs;
}

bool is_directory(const PlainNode* node) {
  return node != nullptr && node->type == "directory";
}

std::string parent(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool is_behind_a_file(const PlainTree& tree, const std::string& path) {
  for (std::string at = parent(path); !at.empty(); at = parent(at)) {
    if (const PlainNode* const node = find(tree, at)) return !is_directory(node);
  }
  return false;
}

std::set<std::string> changed_paths(const PlainTree& before, const PlainTree& after) {
  std::set<std::string> paths;
  for (const PlainTree* tree : {&before, &after}) {
    for (const auto& [path, node] : *tree) {
      if (!is_same(find(before, path), find(after, path))) paths.insert(path);
    }
  }
  return paths;
}

// What must be said of an image.
struct Expected {
  std::set<std::string> shadowed;
  std::set<std::string> conflicts;
  std::map<std::string, std::size_t> layers;  // who hides a path, in the image as it is
  bool is_linked = false;                     // an own layer cannot stand without a removed file

  std::string status() const {
    if (is_linked || !conflicts.empty()) return "conflict";
    return shadowed.empty() ? "patched" : "shadowed";
  }
};

struct Trees {
  PlainTree old_base;
  PlainTree new_base;
};

// Below own layers: the patched base with each more of them.
Expected expect_above(PatchWorkshop& shop, const BasePatch& patch, const Trees& bases,
                      std::span<const ImageLayer> own) {
  Expected expected;
  const std::set<std::string> paths = changed_paths(bases.old_base, bases.new_base);
  std::vector<ImageLayer> stack(patch.new_image.layers().begin(), patch.new_image.layers().end());
  std::map<std::string, std::size_t> last;
  PlainTree below = bases.new_base;
  for (std::size_t number = 0; number < own.size(); ++number) {
    stack.push_back(own[number]);
    PlainTree shown;
    try {
      shown = naive::to_plain(naive_view(shop, stack));
    } catch (const naive::Rejected&) {
      expected.is_linked = true;
      return expected;
    }
    for (const std::string& path : paths) {
      if (!is_same(find(below, path), find(shown, path))) {
        last[path] = patch.old_image.layers().size() + number;
      }
    }
    below = std::move(shown);
  }
  for (const std::string& path : paths) {
    const PlainNode* const wanted = find(bases.new_base, path);
    const PlainNode* const seen = find(below, path);
    if (is_same(seen, wanted)) continue;
    const bool is_replaced =
        seen == nullptr ? is_behind_a_file(below, path)
                        : is_directory(seen) !=
                              is_directory(wanted != nullptr ? wanted : find(bases.old_base, path));
    (is_replaced ? expected.conflicts : expected.shadowed).insert(path);
    expected.layers[path] = last.at(path);
  }
  return expected;
}

// On top: what the image made of the paths, and of the directories above them, would be overridden.
Expected expect_on_top(PatchWorkshop& shop, const Image& image, const Trees& bases) {
  Expected expected;
  std::set<std::string> paths;
  for (std::string path : changed_paths(bases.old_base, bases.new_base)) {
    for (; !path.empty(); path = parent(path)) paths.insert(path);
  }
  const PlainTree shown = naive::to_plain(naive_view(shop, image.layers()));
  for (const std::string& path : paths) {
    const PlainNode* const old = find(bases.old_base, path);
    const PlainNode* const seen = find(shown, path);
    if (is_same(seen, find(bases.new_base, path)) || is_same(seen, old)) continue;
    const bool is_copied = seen != nullptr && old != nullptr && seen->type == "file" &&
                           old->type == "file" && seen->content == old->content;
    if (!is_copied) expected.conflicts.insert(path);
  }
  return expected;
}

// ---- archives that no writer of ours has touched
// -------------------------------------------------

char type_flag(FileType type) {
  switch (type) {
    case FileType::directory:
      return '5';
    case FileType::symlink:
      return '2';
    case FileType::character_device:
      return '3';
    case FileType::block_device:
      return '4';
    case FileType::fifo:
      return '6';
    case FileType::regular:
      break;
  }
  return '0';
}

story::Member member_of(const LayerIndex& layer, const LayerEntry& entry) {
  const std::string path(std::string_view(entry.path));
  story::Member member;
  member.name = path;
  if (entry.kind() == EntryKind::whiteout) {
    const std::size_t slash = path.rfind('/');
    member.name = slash == std::string::npos
                      ? ".wh." + path
                      : path.substr(0, slash + 1) + ".wh." + path.substr(slash + 1);
    return member;
  }
  if (entry.kind() == EntryKind::opaque) {
    member.name = (path.empty() ? "" : path + "/") + ".wh..wh..opq";
    return member;
  }
  const Inode& inode = entry.inode;
  member.type = entry.kind() == EntryKind::hard_link ? '1' : type_flag(inode.type());
  member.link = entry.kind() == EntryKind::hard_link ? std::string_view(entry.link_path())
                                                     : std::string_view(inode.link_target());
  member.mode = inode.mode();
  member.uid = inode.uid();
  member.gid = inode.gid();
  member.mtime = inode.mtime();
  member.major = inode.device().major;
  member.minor = inode.device().minor;
  if (inode.xattrs() != nullptr) {
    for (const ExtendedAttribute& xattr : *inode.xattrs()) member.xattrs[xattr.name] = xattr.value;
  }
  if (member.type == '0') member.body = layer.texts.at(inode.content().offset_bytes);
  return member;
}

Image add_archive(PatchWorkshop& shop, const Image& image, const LayerIndex& index) {
  story::Layer layer;
  for (const LayerEntry& entry : index.entries) layer.members.push_back(member_of(index, entry));
  const std::string archive = story::build(layer).archive;
  const auto writer = shop.blobs.create(DigestAlgorithm::sha256);
  writer->write(as_bytes(archive));
  const Digest digest = writer->commit();
  const Descriptor descriptor("application/vnd.oci.image.layer.v1.tar", digest, archive.size());
  return append_layer(image, {descriptor, DiffId{digest}},
                      HistoryEntry::make("", "RUN something", "", false));
}

// ---- stories
// -------------------------------------------------------------------------------------

Image with_way(PatchWorkshop& shop, Image image, const WayToHide& way, const PatchedSpot& spot) {
  for (const auto& make : way.layers) {
    LayerBuilder layer;
    make(layer, spot);
    image = add_archive(shop, image, *layer.build());
  }
  return image;
}

std::set<std::string> paths_of(const std::vector<HiddenPath>& hidden) {
  std::set<std::string> paths;
  for (const HiddenPath& path : hidden) paths.insert(path.path);
  return paths;
}

std::set<std::string> paths_of(const std::vector<PatchConflict>& conflicts) {
  std::set<std::string> paths;
  for (const PatchConflict& conflict : conflicts) paths.insert(conflict.path);
  return paths;
}

void check(const PatchedChild& child, const Expected& expected, PatchPlace place) {
  EXPECT_EQ(name(child.status), expected.status());
  if (expected.is_linked) return;
  EXPECT_EQ(paths_of(child.conflicts), expected.conflicts);
  EXPECT_EQ(paths_of(child.shadowed), expected.shadowed);
  if (place == PatchPlace::on_top) return;
  for (const HiddenPath& path : child.shadowed) {
    if (expected.layers.contains(path.path)) {
      EXPECT_EQ(path.layer, expected.layers.at(path.path)) << path.path;
    }
  }
}

// The image of a patched child must show what was promised.
void check_image(PatchWorkshop& shop, const PatchedChild& child, const Trees& bases,
                 const Expected& expected) {
  if (child.status == PatchStatus::conflict) return;
  const PlainTree shown = naive::to_plain(naive_view(shop, child.image.layers()));
  for (const std::string& path : changed_paths(bases.old_base, bases.new_base)) {
    EXPECT_EQ(is_same(find(shown, path), find(bases.new_base, path)),
              !expected.shadowed.contains(path))
        << path;
  }
}

// How many stories end how.
using Tally = std::map<std::string, std::size_t>;

void tell_stories(const PatchStory& story, PatchPlace place, Tally& tally) {
  PatchWorkshop shop;
  const Image base = make_base(shop);
  const BasePatch patch = make_patch(shop, base, story.spot, place);
  const Trees bases{naive::to_plain(naive_view(shop, base.layers())),
                    naive::to_plain(naive_view(shop, patch.new_image.layers()))};
  for (const WayToHide& way : ways_to_hide()) {
    if (!way.fits(story.spot)) continue;
    SCOPED_TRACE(story.name + " " + std::string(name(place)) + ": " + way.name);
    const Image app = with_way(shop, base, way, story.spot);
    const PatchedChild child = shop.child(patch, app);
    const Expected expected =
        place == PatchPlace::on_top
            ? expect_on_top(shop, app, bases)
            : expect_above(shop, patch, bases, app.layers().subspan(base.layers().size()));
    check(child, expected, place);
    check_image(shop, child, bases, expected);
    ++tally[expected.status()];
  }
}

Tally tell_all(PatchPlace place) {
  Tally tally;
  for (const PatchStory& story : patch_stories()) tell_stories(story, place, tally);
  return tally;
}

TEST(PatchWays, ThereAreAHundredOfThemAndNoTwoHaveOneName) {
  std::set<std::string> names;
  std::size_t stories = 0;
  for (const WayToHide& way : ways_to_hide()) {
    EXPECT_TRUE(names.insert(way.name).second) << way.name;
    for (const PatchStory& story : patch_stories()) stories += way.fits(story.spot) ? 1U : 0U;
  }
  EXPECT_GE(names.size(), 80U);
  EXPECT_GE(stories, 500U);
}

TEST(PatchWays, InPlaceEveryOneIsToldAsTheNaiveModelSeesIt) {
  const Tally tally = tell_all(PatchPlace::in_place);
  EXPECT_GE(tally.at("patched"), 100U);
  EXPECT_GE(tally.at("shadowed"), 100U);
  EXPECT_GE(tally.at("conflict"), 40U);
}

TEST(PatchWays, AboveTheBaseEveryOneIsToldAsTheNaiveModelSeesIt) {
  const Tally tally = tell_all(PatchPlace::above_base);
  EXPECT_GE(tally.at("shadowed"), 100U);
}

TEST(PatchWays, OnTopEveryOneThatWouldBeOverriddenIsAConflict) {
  const Tally tally = tell_all(PatchPlace::on_top);
  EXPECT_GE(tally.at("patched"), 100U);
  EXPECT_GE(tally.at("conflict"), 100U);
}

}  // namespace
}  // namespace imgops
