// `random_stacks SEED COUNT DIRECTORY`: COUNT random stacks whose view warns of nothing, as cases
// for a judge. Each gives two directories, l0.tar … and `expected` in both: NUMBER has the layers
// as they are, NUMBER-slim all above the lowest written as one by the library. Same seed, same
// stacks.
#include "libimgops/base/path.hpp"
#include "tests/oracle/case_files.hpp"
#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/random_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

namespace imgops::test {
namespace {

struct Case {
  std::vector<std::string> layers;  // archives, the lowest first
  std::string slim;                 // what stands for all but the lowest
  std::string expected;
};

// Of names as random stacks have them.
std::string canonical(std::string_view name) {
  if (name.starts_with("./")) name.remove_prefix(2);
  if (name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

// A layer whose archive leaves no choice: no name twice (N01), and nothing below what is no
// directory unless it is a link made before (P19). There GNU tar, which unpacks for the kernel, is
// no judge.
bool has_one_reading(const story::Layer& layer) {
  std::map<std::string, const story::Member*> met;
  for (const story::Member& member : layer.members) {
    const std::string path = canonical(member.name);
    if (!met.emplace(path, &member).second) return false;
    for (std::string_view above = parent_path(path); !above.empty(); above = parent_path(above)) {
      const auto found = met.find(std::string(above));
      if (found != met.end() && found->second->type != '5' && found->second->type != '2')
        return false;
    }
    const auto inside = met.upper_bound(path + "/");
    if (member.type != '5' && inside != met.end() && inside->first.starts_with(path + "/"))
      return false;
  }
  return true;
}

// In the lowest layer a marker hides nothing, and leaves its directory to the kernel alone (E3).
bool has_marker(const story::Layer& layer) {
  return std::any_of(layer.members.begin(), layer.members.end(), [](const story::Member& member) {
    return member.name.find(".wh.") != std::string::npos;
  });
}

// Nullopt where runtimes differ: then no single one of them is a judge.
std::optional<Case> case_of(const RandomStack& random) {
  if (has_marker(random.layers.front())) return std::nullopt;
  for (const story::Layer& layer : random.layers) {
    if (!has_one_reading(layer)) return std::nullopt;
  }
  const std::vector<story::BuiltLayer> built = story::build(random.layers);
  if (built.size() < 2) return std::nullopt;
  LibraryStack stack(built);
  Collector collector;
  const Tree lower = stack.apply(Tree(), 0, 1, collector);
  const Tree upper = stack.apply(lower, 1, stack.size(), collector);
  for (const Diagnostic& diagnostic : collector.diagnostics()) {
    if (diagnostic.level == DiagnosticLevel::warning) return std::nullopt;
  }
  Case result;
  for (const story::BuiltLayer& layer : built) result.layers.push_back(layer.archive);
  result.slim = stack.write(lower, upper, 1).blob;
  result.expected = listing_of(stack.plain(upper));
  return result;
}

void write_case(const std::filesystem::path& directory, const Case& found) {
  std::filesystem::create_directories(directory);
  for (std::size_t at = 0; at < found.layers.size(); ++at)
    write_layer_file(directory, at, found.layers[at]);
  write_file(directory / "expected", found.expected);
}

void run(std::uint64_t seed, int count, const std::filesystem::path& directory) {
  const rc::Gen<RandomStack> stacks = random_stack(Legality::always);
  rc::Random random(seed);
  for (int found = 0; found < count;) {
    const std::optional<Case> made = case_of(stacks(random.split(), rc::kNominalSize).value());
    if (!made) continue;
    const std::string name = fmt::format("random-{:03}", found++);
    write_case(directory / name, *made);
    write_case(directory / (name + "-slim"),
               {{made->layers.front(), made->slim}, {}, made->expected});
  }
}

}  // namespace
}  // namespace imgops::test

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: random_stacks SEED COUNT DIRECTORY\n";
    return 2;
  }
  try {
    imgops::test::run(std::stoull(words[1]), std::stoi(words[2]), words[3]);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
