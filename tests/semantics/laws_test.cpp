// Laws over random stacks. RC_PARAMS in the environment asks for another seed or more cases.
#include "libimgops/base/error.hpp"
#include "libimgops/diff/apply.hpp"
#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/naive_model.hpp"
#include "tests/semantics/random_stack.hpp"
#include "tests/semantics/rewriting.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace imgops::test {
namespace {

// The same cases each time, unless somebody wants others; set before rapidcheck first looks.
const int parameters_are_set = setenv("RC_PARAMS", "seed=20240229 max_success=400", 0);

// What a judge makes of a stack: its view, or why there is none.
struct Judgement {
  PlainTree tree;
  std::set<std::string> rejected;  // codes
};

Judgement ask_library(const RandomStack& random) {
  try {
    LibraryStack stack(story::build(random.layers));
    SilentObserver silent;
    return {stack.plain(stack.apply(Tree(), 0, stack.size(), silent)), {}};
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr) throw;
    return {{}, {std::string(name(error.diagnostic()->code))}};
  }
}

Judgement ask_model(const RandomStack& random) {
  try {
    return {naive::to_plain(naive::union_of(random.layers)), {}};
  } catch (const naive::Rejected& rejected) {
    return {{}, rejected.codes};
  }
}

// Implied directories have to agree here, which differences() leaves out.
std::vector<std::string> implied_mismatches(const PlainTree& left, const PlainTree& right) {
  std::vector<std::string> lines;
  for (const auto& [path, node] : left) {
    const auto found = right.find(path);
    if (found != right.end() && found->second.implied != node.implied) {
      lines.push_back("/" + path + ": implied only on one side");
    }
  }
  return lines;
}

std::string disagreement(const RandomStack& random) {
  const Judgement library = ask_library(random);
  const Judgement model = ask_model(random);
  // Which of a layer's faults is named is the library's choice.
  const bool same_verdict = std::includes(model.rejected.begin(), model.rejected.end(),
                                          library.rejected.begin(), library.rejected.end()) &&
                            library.rejected.empty() == model.rejected.empty();
  if (!same_verdict) {
    return fmt::format("library rejects for {}, model for {}", fmt::join(library.rejected, ", "),
                       fmt::join(model.rejected, ", "));
  }
  if (!model.rejected.empty()) return "";
  std::vector<std::string> lines = differences(model.tree, library.tree, Times::exact);
  for (const std::string& line : implied_mismatches(model.tree, library.tree))
    lines.push_back(line);
  if (lines.empty()) return "";
  return join_lines(lines) + "model:\n" + to_text(model.tree) + "library:\n" +
         to_text(library.tree);
}

void must_be_empty(const std::string& text) {
  if (!text.empty()) RC_FAIL("\n" + text);
}

TEST(Laws, LibraryAndNaiveModelSeeTheSameView) {
  ASSERT_EQ(parameters_are_set, 0);
  EXPECT_TRUE(rc::check("library and model agree on stacks that have a view",
                        [] { must_be_empty(disagreement(*random_stack(Legality::always))); }));
}

TEST(Laws, LibraryAndNaiveModelRejectTheSameStacks) {
  EXPECT_TRUE(rc::check("library and model agree, also on what has no view", [] {
    const RandomStack random = *random_stack(Legality::mostly);
    RC_CLASSIFY(!ask_model(random).rejected.empty(), "has no view");
    must_be_empty(disagreement(random));
  }));
}

bool same(const ChangeSet& left, const ChangeSet& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Change& one, const Change& other) {
                      return one.path() == other.path() && one.before == other.before &&
                             one.after == other.after &&
                             one.differences.any() == other.differences.any();
                    });
}

std::string change_faults(const RandomStack& before, const RandomStack& after) {
  LibraryStack stack(story::build([&] {
    std::vector<story::Layer> layers = before.layers;
    layers.insert(layers.end(), after.layers.begin(), after.layers.end());
    return layers;
  }()));
  SilentObserver silent;
  const std::size_t cut = before.layers.size();
  const Tree left = stack.apply(Tree(), 0, cut, silent);
  const Tree right = stack.apply(Tree(), cut, stack.size(), silent);
  const ChangeSet changes = compare(left, right, stack.cache());
  const ChangeSet inverse = invert(changes);
  if (!compare(left, left, stack.cache()).empty()) return "compare(a, a) is not empty";
  if (!same(invert(inverse), changes)) return "inverting twice is not nothing";
  const PlainTree plain_left = stack.plain(left);
  const PlainTree plain_right = stack.plain(right);
  const PlainTree there = stack.plain(apply(left, changes));
  const PlainTree back = stack.plain(apply(right, inverse));
  if (!differences(plain_right, there, Times::exact).empty()) {
    return "apply(a, compare(a, b)) is not b:\n" +
           join_lines(differences(plain_right, there, Times::exact));
  }
  if (!differences(plain_left, back, Times::exact).empty()) {
    return "apply(b, inverse) is not a:\n" +
           join_lines(differences(plain_left, back, Times::exact));
  }
  return "";
}

TEST(Laws, ChangesLeadFromOneViewToTheOtherAndBack) {
  EXPECT_TRUE(rc::check("apply(a, compare(a, b)) is b, and the inverse leads back", [] {
    const RandomStack before = *random_stack(Legality::always);
    const RandomStack after = *random_stack(Legality::always);
    must_be_empty(change_faults(before, after));
  }));
}

TEST(Laws, ComparisonIsEmptyExactlyWhenViewsAreEqual) {
  EXPECT_TRUE(rc::check("compare(a, b) names the paths that differ", [] {
    const RandomStack random = *random_stack(Legality::always);
    LibraryStack stack(story::build(random.layers));
    SilentObserver silent;
    const std::size_t cut = stack.size() / 2;
    const Tree lower = stack.apply(Tree(), 0, cut, silent);
    const Tree upper = stack.apply(lower, cut, stack.size(), silent);
    const bool equal = differences(stack.plain(lower), stack.plain(upper), Times::exact).empty();
    RC_ASSERT(compare(lower, upper, stack.cache()).empty() == equal);
  }));
}

TEST(Laws, AnyRangeWrittenAsOneLayerKeepsTheView) {
  EXPECT_TRUE(rc::check("compress of any range changes nothing", [] {
    const RandomStack random = *random_stack(Legality::always);
    Rewriting rewriting(random.layers);
    for (std::size_t first = 0; first < rewriting.size(); ++first) {
      for (std::size_t last = first + 1; last <= rewriting.size(); ++last) {
        const std::vector<std::string> faults = rewriting.faults(first, last);
        if (faults.empty()) continue;
        must_be_empty("compress " + std::to_string(first) + ".." + std::to_string(last) + "\n" +
                      join_lines(faults) + rewriting.listing(first, last));
      }
    }
  }));
}

}  // namespace
}  // namespace imgops::test
