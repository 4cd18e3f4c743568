// Laws of rebase over random stacks.
#include "libimgops/ops/rebase.hpp"
#include "tests/ops/random_image.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>

namespace imgops::test {
namespace {

// An image above its first layer, which is its base, and that base with other layers on top.
struct Move {
  explicit Move(const RandomStack& left, const RandomStack& right)
      : random(joined(left, right)),
        from(keep_layers(random.image, 1)),
        image(keep_layers(random.image, left.layers.size())),
        onto(from) {
    for (std::size_t at = left.layers.size(); at < random.size(); ++at) {
      onto = append_layer(onto, random.image.layers()[at],
                          HistoryEntry::make("", "RUN theirs", "", false));
    }
  }
  static RandomStack joined(RandomStack left, const RandomStack& right) {
    left.layers.insert(left.layers.end(), right.layers.begin(), right.layers.end());
    return left;
  }

  // Nullopt when the new base has no view: its layers were made for another stack.
  std::optional<BasePair> bases() const {
    try {
      return open_bases(random.operation, image, 1, from, onto);
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::corrupt);
      return std::nullopt;
    }
  }

  RandomImage random;
  Image from;
  Image image;
  Image onto;
};

Move any_move() {
  const RandomStack left = *random_stack(Legality::always);
  const RandomStack right = *random_stack(Legality::always);
  RC_PRE(left.layers.size() > 1 && !right.layers.empty());
  return Move(left, right);
}

MergeChoices choices_of(MergePolicy policy) {
  MergeChoices choices;
  choices.policy = policy;
  return choices;
}

MergePolicy any_policy() {
  return *rc::gen::element(MergePolicy::fail, MergePolicy::ours, MergePolicy::theirs);
}

TEST(RebaseLaws, OntoABaseThatShowsTheSameTheImageShowsWhatItDid) {
  EXPECT_TRUE(rc::check("a base of the same tree changes nothing that shows", [] {
    RandomImage random(*random_stack(Legality::always));
    RC_PRE(random.size() > 1);
    const std::size_t count = *rc::gen::inRange<std::size_t>(1, random.size());
    const Image from = keep_layers(random.image, count);
    const auto single = write_exact_difference(random.operation, Tree(),
                                               view(random.operation, from), MediaFamily::oci);
    RC_PRE(single.has_value());
    const Image onto = append_layer(empty_image({"linux", "amd64", ""}, MediaFamily::oci),
                                    single->layer, HistoryEntry::make("", "ADD base", "", false));
    const BasePair bases = open_bases(random.operation, random.image, count, from, onto);
    const RebasedImage result = rebase(random.operation, random.image, bases, {});
    RC_ASSERT(!result.is_open());
    must_be_empty(unlike(random.plain(random.image), random.plain(result.image)));
  }));
}

TEST(RebaseLaws, TheImageShowsWhatTheMergeOfTheThreeTreesIs) {
  EXPECT_TRUE(rc::check("what shows is the merged tree", [] {
    Move move = any_move();
    const auto bases = move.bases();
    if (!bases) RC_DISCARD("no view");
    const MergeChoices choices = choices_of(any_policy());
    const RebasedImage result = rebase(move.random.operation, move.image, *bases, choices);
    RC_CLASSIFY(result.is_open(), "has a conflict");
    if (result.is_open()) return;
    const auto own = move.random.operation.layers.open(
        move.image.layers().subspan(1), move.random.operation.workers, move.random.observer);
    const Tree ours = view(move.random.operation, move.image);
    const MergeResult merged =
        merge_trees(move.random.operation, bases->old_tree, ours, bases->new_tree, choices,
                    emptied_directories(bases->old_tree, ours, own));
    must_be_empty(unlike(move.random.stack.plain(merged.tree), move.random.plain(result.image)));
  }));
}

TEST(RebaseLaws, KeptAndRewrittenLayersShowTheSame) {
  EXPECT_TRUE(rc::check("--rewrite shows what a resolution layer does", [] {
    Move move = any_move();
    const auto bases = move.bases();
    if (!bases) RC_DISCARD("no view");
    const MergeChoices choices = choices_of(any_policy());
    const RebasedImage kept = rebase(move.random.operation, move.image, *bases, choices);
    if (kept.is_open()) return;
    RebaseOptions options;
    options.layers = RebaseLayers::rewritten;
    const RebasedImage rewritten =
        rebase(move.random.operation, move.image, *bases, choices, options);
    RC_ASSERT(!rewritten.is_open());
    must_be_empty(unlike(move.random.plain(kept.image), move.random.plain(rewritten.image)));
  }));
}

TEST(RebaseLaws, ASecondTimeIsTheSameImage) {
  EXPECT_TRUE(rc::check("rebase after rebase is identity", [] {
    Move move = any_move();
    const auto bases = move.bases();
    if (!bases) RC_DISCARD("no view");
    const MergeChoices choices = choices_of(any_policy());
    const Image once = rebase(move.random.operation, move.image, *bases, choices).image;
    RC_PRE(!(once.descriptor() == move.image.descriptor()));
    const BasePair again =
        open_bases(move.random.operation, once, move.onto.layers().size(), move.onto, move.onto);
    const RebasedImage twice = rebase(move.random.operation, once, again, choices);
    RC_ASSERT(twice.image.descriptor() == once.descriptor());
  }));
}

}  // namespace
}  // namespace imgops::test
