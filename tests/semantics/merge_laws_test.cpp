// Laws of the three-way merge over random stacks: a base, and two stacks grown on it.
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/merge.hpp"
#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/random_stack.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

namespace imgops::test {
namespace {

const int parameters_are_set = setenv("RC_PARAMS", "seed=20240229 max_success=400", 0);

struct Meeting {
  LibraryStack stack;
  Tree base, ours, theirs;
};

std::vector<story::Layer> joined(const RandomStack& base, const RandomStack& ours,
                                 const RandomStack& theirs) {
  std::vector<story::Layer> layers = base.layers;
  layers.insert(layers.end(), ours.layers.begin(), ours.layers.end());
  layers.insert(layers.end(), theirs.layers.begin(), theirs.layers.end());
  return layers;
}

// Checks `law` on a meeting; what it returns is what is wrong.
using Law = std::function<std::string(Meeting&)>;

void check(const char* claim, const Law& law) {
  ASSERT_EQ(parameters_are_set, 0);
  EXPECT_TRUE(rc::check(claim, [&] {
    const RandomStack base = *random_stack(Legality::always);
    const RandomStack ours = *random_stack(Legality::always);
    const RandomStack theirs = *random_stack(Legality::always);
    Meeting meeting{LibraryStack(story::build(joined(base, ours, theirs))), {}, {}, {}};
    const std::size_t first = base.layers.size();
    const std::size_t second = first + ours.layers.size();
    SilentObserver silent;
    try {
      meeting.base = meeting.stack.apply(Tree(), 0, first, silent);
      meeting.ours = meeting.stack.apply(meeting.base, first, second, silent);
      meeting.theirs = meeting.stack.apply(meeting.base, second, meeting.stack.size(), silent);
    } catch (const Error&) {
      RC_DISCARD("a layer that cannot stand on this base");
    }
    const std::string fault = law(meeting);
    if (!fault.empty()) RC_FAIL("\n" + fault);
  }));
}

CompareOptions without_times() {
  CompareOptions options;
  options.ignore_mtime = true;
  return options;
}

// Paths that differ, times apart.
std::string distance(Meeting& meeting, const Tree& left, const Tree& right) {
  std::string text;
  for (const Change& change : compare(left, right, meeting.stack.cache(), without_times())) {
    text += std::string(change.path()) + " differs\n";
  }
  return text;
}

MergeResult merged(Meeting& meeting, const Tree& base, const Tree& ours, const Tree& theirs,
                   MergePolicy policy = MergePolicy::fail) {
  MergeOptions options;
  options.policy = policy;
  return merge(base, ours, theirs, meeting.stack.cache(), options);
}

std::string open_paths(const MergeResult& result) {
  std::string text;
  for (const MergedPath& path : result.paths) {
    if (path.is_open()) text += path.path + ": " + path.reason + "\n";
  }
  return text;
}

// A directory around every node, and paths in order.
std::string shape_faults(const Tree& tree) {
  const Node* last = nullptr;
  for (const Node& node : tree.nodes()) {
    if (last != nullptr && compare_paths(last->path(), node.path()) >= 0) {
      return std::string(node.path()) + ": out of order\n";
    }
    last = &node;
    if (node.path().empty()) continue;
    const Node* const above = tree.find(parent_path(node.path()));
    if (above == nullptr || above->inode()->type() != FileType::directory) {
      return std::string(node.path()) + ": no directory around it\n";
    }
  }
  return {};
}

TEST(MergeLaws, WithNothingOfOursTheResultIsTheirs) {
  check("merge(b, b, t) is t", [](Meeting& meeting) {
    const MergeResult result = merged(meeting, meeting.base, meeting.base, meeting.theirs);
    if (result.is_open()) return open_paths(result);
    return distance(meeting, result.tree, meeting.theirs);
  });
}

TEST(MergeLaws, WithNothingOfTheirsTheResultIsOurs) {
  check("merge(b, u, b) is u", [](Meeting& meeting) {
    const MergeResult result = merged(meeting, meeting.base, meeting.ours, meeting.base);
    if (result.is_open()) return open_paths(result);
    return distance(meeting, result.tree, meeting.ours);
  });
}

TEST(MergeLaws, TheSameOnBothSidesIsThat) {
  check("merge(b, u, u) is u", [](Meeting& meeting) {
    const MergeResult result = merged(meeting, meeting.base, meeting.ours, meeting.ours);
    if (result.is_open()) return open_paths(result);
    return distance(meeting, result.tree, meeting.ours);
  });
}

TEST(MergeLaws, WithoutConflictsSidesCanBeExchanged) {
  check("merge(b, u, t) is merge(b, t, u)", [](Meeting& meeting) {
    const MergeResult one = merged(meeting, meeting.base, meeting.ours, meeting.theirs);
    const MergeResult other = merged(meeting, meeting.base, meeting.theirs, meeting.ours);
    RC_CLASSIFY(one.is_open() || other.is_open(), "has conflicts");
    if (one.is_open() || other.is_open()) return std::string();
    return distance(meeting, one.tree, other.tree);
  });
}

TEST(MergeLaws, EveryPathOfTheResultHasADirectoryAroundIt) {
  check("a merged tree is a tree, whoever wins", [](Meeting& meeting) {
    for (const MergePolicy policy : {MergePolicy::fail, MergePolicy::ours, MergePolicy::theirs}) {
      const MergeResult result =
          merged(meeting, meeting.base, meeting.ours, meeting.theirs, policy);
      if (result.is_open()) continue;
      const std::string faults = shape_faults(result.tree);
      if (!faults.empty()) return faults;
    }
    return std::string();
  });
}

TEST(MergeLaws, ALayerLeadsFromEitherSideToTheResult) {
  check("apply(u, write(u, merged)) is merged", [](Meeting& meeting) {
    const MergeResult result =
        merged(meeting, meeting.base, meeting.ours, meeting.theirs, MergePolicy::theirs);
    if (result.is_open()) return std::string();
    SilentObserver silent;
    for (const Tree* lower : {&meeting.ours, &meeting.theirs}) {
      std::optional<Written> layer;
      try {
        layer = meeting.stack.write(*lower, result.tree, 2);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::conflict) throw;
        return std::string();  // W12: names no layer may hold
      }
      const Tree again = meeting.stack.apply(*lower, layer->layer, silent);
      std::string fault = distance(meeting, again, result.tree);
      if (!fault.empty()) return fault;
    }
    return std::string();
  });
}

}  // namespace
}  // namespace imgops::test
