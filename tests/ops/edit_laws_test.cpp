// Laws of edit and revert over random stacks.
#include "libimgops/ops/edit_layers.hpp"
#include "tests/ops/random_image.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace imgops::test {
namespace {

const int parameters_are_set = setenv("RC_PARAMS", "seed=20240229 max_success=200", 0);

EditPlan all_picks(std::size_t count) {
  return plan_without({}, 0, count);
}

TEST(EditLaws, AllPicksAreIdentity) {
  ASSERT_EQ(parameters_are_set, 0);
  EXPECT_TRUE(rc::check("edit with all picks is identity", [] {
    RandomImage random(*random_stack(Legality::always));
    const EditResult result =
        edit_layers(random.operation, random.image, 0, all_picks(random.size()), {});
    RC_ASSERT(!result.changed);
    RC_ASSERT(result.image.descriptor() == random.image.descriptor());
  }));
}

TEST(EditLaws, ASquashedRangeKeepsTheView) {
  EXPECT_TRUE(rc::check("squash changes nothing that shows", [] {
    RandomImage random(*random_stack(Legality::always));
    RC_PRE(random.size() > 1);
    EditPlan plan = all_picks(random.size());
    for (std::size_t at = 1; at < plan.edits.size(); ++at) {
      if (*rc::gen::arbitrary<bool>()) plan.edits[at].fate = LayerFate::squash;
    }
    const EditResult result = edit_layers(random.operation, random.image, 0, plan, {});
    RC_ASSERT(!result.is_open());
    // A layer above that is kept is not read anew; its view may depend on none of what went.
    must_be_empty(join_lines(
        differences(random.plain(random.image), random.plain(result.image), Times::clamped)));
  }));
}

TEST(EditLaws, RevertTakesBackWhatWasAppended) {
  EXPECT_TRUE(rc::check("revert after append is identity", [] {
    RandomImage random(*random_stack(Legality::always));
    RC_PRE(random.size() > 1);
    const Image before = keep_layers(random.image, random.size() - 1);
    const std::size_t top = random.size() - 1;
    const RevertResult result =
        revert_layers(random.operation, random.image, std::span(&top, 1), {});
    RC_ASSERT(!result.edit.is_open());
    RC_ASSERT(result.edit.image.descriptor() == before.descriptor());
  }));
}

TEST(EditLaws, TheTreeIsThatOfTheChosenChangesInOrder) {
  EXPECT_TRUE(rc::check("edit applies the chosen change sets in order", [] {
    RandomImage random(*random_stack(Legality::always));
    std::vector<std::size_t> order(random.size());
    for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
    EditPlan plan;
    while (!order.empty()) {
      const std::size_t taken = *rc::gen::inRange<std::size_t>(0, order.size());
      LayerEdit edit;
      edit.layer = order[taken];
      if (*rc::gen::inRange(0, 4) == 0) edit.fate = LayerFate::drop;
      plan.edits.push_back(edit);
      order.erase(order.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    const bool is_any_kept = std::ranges::any_of(
        plan.edits, [](const LayerEdit& edit) { return edit.fate == LayerFate::keep; });
    if (!is_any_kept) return;
    EditResult result{random.image, false, {}, {}};
    try {
      result = edit_layers(random.operation, random.image, 0, plan, {});
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::conflict);  // no layer is left
      return;
    }
    RC_CLASSIFY(result.is_open(), "has a conflict");
    if (result.is_open()) {
      RC_ASSERT(result.image.descriptor() == random.image.descriptor());
      return;
    }
    PlainTree wanted = random.stack.plain(Tree());
    for (const LayerEdit& edit : plan.edits) {
      if (edit.fate == LayerFate::drop) continue;
      do_changes(wanted, random.plain(edit.layer), random.plain(edit.layer + 1));
    }
    must_be_empty(unlike(wanted, random.plain(result.image)));
  }));
}

TEST(EditLaws, ThreadsDoNotMatter) {
  EXPECT_TRUE(rc::check("1 and 16 threads give one digest", [] {
    const RandomStack stack = *random_stack(Legality::always);
    std::vector<Digest> digests;
    for (const std::size_t threads : {1U, 16U}) {
      RandomImage random(stack, threads);
      RC_PRE(random.size() > 2);
      EditPlan plan = all_picks(random.size());
      plan.edits[1].fate = LayerFate::squash;
      std::swap(plan.edits[2], plan.edits.back());
      digests.push_back(
          edit_layers(random.operation, random.image, 0, plan, {}).image.descriptor().digest());
    }
    RC_ASSERT(digests.front() == digests.back());
  }));
}

}  // namespace
}  // namespace imgops::test
