// Laws of cherry-pick and merge over random stacks.
#include "libimgops/ops/cherry_pick.hpp"
#include "libimgops/ops/merge_images.hpp"
#include "tests/ops/random_image.hpp"

#include <gtest/gtest.h>

namespace imgops::test {
namespace {

TEST(MergeLaws, AStepPickedOntoItsParentGivesItsTree) {
  EXPECT_TRUE(rc::check("cherry-pick onto the parent is the picked image", [] {
    RandomImage random(*random_stack(Legality::always));
    RC_PRE(random.size() > 1);
    const std::size_t first = random.size() - 1;
    const Image parent = keep_layers(random.image, first);
    const CherryPickResult result =
        cherry_pick(random.operation, parent, {parent, random.image, first}, {});
    RC_ASSERT(!result.is_open());
    must_be_empty(unlike(random.plain(random.image), random.plain(result.image)));
  }));
}

TEST(MergeLaws, AMergeIsSymmetric) {
  EXPECT_TRUE(rc::check("merge(a, b) shows what merge(b, a) does", [] {
    const RandomStack left = *random_stack(Legality::always);
    const RandomStack right = *random_stack(Legality::always);
    RandomStack both = left;
    both.layers.insert(both.layers.end(), right.layers.begin(), right.layers.end());
    RandomImage random(both);
    // The base is the first layer; ours has the rest of `left`, theirs all of `right`.
    RC_PRE(!left.layers.empty() && !right.layers.empty());
    const Image base = keep_layers(random.image, 1);
    Image ours = keep_layers(random.image, left.layers.size());
    Image theirs = base;
    for (std::size_t at = left.layers.size(); at < random.size(); ++at) {
      theirs = append_layer(theirs, random.image.layers()[at],
                            HistoryEntry::make("", "RUN theirs", "", false));
    }
    MergedImage there{ours, MergeKind::nothing, {}, {}, {}, {}};
    try {
      there = merge_images(random.operation, ours, theirs, base, "MERGE", {});
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::corrupt);  // theirs has no view without ours
      RC_DISCARD("no view");
    }
    const MergedImage back = merge_images(random.operation, theirs, ours, base, "MERGE", {});
    // What ours hides of theirs is a conflict; what theirs would hide of ours simply stays.
    const bool has_conflict = there.is_open() || back.is_open();
    RC_CLASSIFY(has_conflict, "has a conflict");
    if (has_conflict) return;
    must_be_empty(unlike(random.plain(there.image), random.plain(back.image)));
  }));
}

}  // namespace
}  // namespace imgops::test
