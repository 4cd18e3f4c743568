// Random stacks of layers over few names, so that collisions, type changes, links, markers and
// implied parents happen all the time. They shrink, and print as the layers of a story.
#pragma once

#include "tests/support/story.hpp"

#include <rapidcheck.h>

#include <iosfwd>
#include <vector>

namespace imgops::test {

struct RandomStack {
  std::vector<story::Layer> layers;
};
std::ostream& operator<<(std::ostream& out, const RandomStack& stack);

enum class Legality {
  mostly,  // some stacks have no view
  always   // members that would be rejected are left out
};
rc::Gen<RandomStack> random_stack(Legality legality);

}  // namespace imgops::test
