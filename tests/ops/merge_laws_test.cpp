// Laws of cherry-pick and merge over random stacks.
#include "libimgops/ops/cherry_pick.hpp"
#include "libimgops/ops/merge_images.hpp"
#include "tests/ops/random_image.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

// The base is the first layer of `left`; ours has the rest of it, theirs all of `right`.
struct Sides {
  Sides(const RandomStack& left, const RandomStack& right)
      : random(joined(left, right)),
        base(keep_layers(random.image, 1)),
        ours(keep_layers(random.image, left.layers.size())),
        theirs(base) {
    for (std::size_t at = left.layers.size(); at < random.size(); ++at) {
      theirs = append_layer(theirs, random.image.layers()[at],
                            HistoryEntry::make("", "RUN theirs", "", false));
    }
  }
  static RandomStack joined(RandomStack left, const RandomStack& right) {
    left.layers.insert(left.layers.end(), right.layers.begin(), right.layers.end());
    return left;
  }
  static Sides any() {
    const RandomStack left = *random_stack(Legality::always);
    const RandomStack right = *random_stack(Legality::always);
    RC_PRE(!left.layers.empty() && !right.layers.empty());
    return Sides(left, right);
  }

  MergedImage merge(const Image& one, const Image& other, MergePolicy policy) {
    MergeChoices choices;
    choices.policy = policy;
    try {
      return merge_images(random.operation, one, other, base, "MERGE", choices);
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::corrupt);
      RC_DISCARD("no view");  // theirs has none without ours
    }
  }

  RandomImage random;
  Image base;
  Image ours;
  Image theirs;
};

TEST(MergeLaws, AMergeIsSymmetric) {
  EXPECT_TRUE(rc::check("merge(a, b) shows what merge(b, a) does", [] {
    Sides sides = Sides::any();
    const MergedImage there = sides.merge(sides.ours, sides.theirs, MergePolicy::fail);
    const MergedImage back = sides.merge(sides.theirs, sides.ours, MergePolicy::fail);
    // What ours hides of theirs is a conflict; what theirs would hide of ours simply stays.
    const bool has_conflict = there.is_open() || back.is_open();
    RC_CLASSIFY(has_conflict, "has a conflict");
    if (has_conflict) return;
    must_be_empty(unlike(sides.random.plain(there.image), sides.random.plain(back.image)));
  }));
}

// What is ours' and theirs' in more than name: a directory that theirs removed stays for what ours
// has in it, and a file of ours goes where a link of theirs leads.
bool is_lopsided(const MergedImage& merged) {
  return std::ranges::any_of(merged.paths, [](const MergedPath& path) {
    const bool is_brought_back = path.verdict == Verdict::keep_app && !path.reason.empty();
    return is_brought_back || path.kind == ConflictKind::through_link;
  });
}

TEST(MergeLaws, ExchangedSidesUnderExchangedPoliciesShowTheSame) {
  EXPECT_TRUE(rc::check("merge(a, b, ours) shows what merge(b, a, theirs) does", [] {
    Sides sides = Sides::any();
    const MergedImage there = sides.merge(sides.ours, sides.theirs, MergePolicy::ours);
    const MergedImage back = sides.merge(sides.theirs, sides.ours, MergePolicy::theirs);
    const bool is_left_out =
        there.is_open() || back.is_open() || is_lopsided(there) || is_lopsided(back);
    RC_CLASSIFY(is_left_out, "is left out");
    if (is_left_out) return;
    must_be_empty(unlike(sides.random.plain(there.image), sides.random.plain(back.image)));
  }));
}

}  // namespace
}  // namespace imgops::test
