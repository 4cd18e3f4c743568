// A hundred thousand words made of sound ones by changing bytes, always the same ones: parsing ends
// in a value or in Error(invalid_argument).
#include "tests/repository/revision_text.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace imgops {
namespace {

constexpr std::array<std::string_view, 14> seeds{
    "app:1",
    "app:1~2^#-3",
    "app:1^{/apt-get (install|update)\\}}",
    "oci:./lay:app:1^{layer:81cb04}..app:2",
    "oci:lay@sha256:81cb04209ad381cb04209ad381cb04209ad381cb04209ad381cb04209ad381cb",
    "docker-archive:f.tar:@12:/etc/passwd",
    "@f1247a25^{base}...sha256:abcd",
    "../lay:a..b~1",
    "ocidir:///x/y:z@{3}",
    "scratch..app:1^{line:3}",
    "oci-archive:f.tar:app:/a:/b",
    "docker://host/app:1",
    "app:1@{12}~1",
    "oci:./lay:app@{1}..app@{0}:/etc"};
constexpr std::string_view characters = "~^#@{}:/.\\-a1 \n\xff[(*+?|";

class Randomness {
 public:
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33U) % bound;
  }

 private:
  std::uint64_t state_ = 42;
};

std::string mutated(Randomness& random) {
  std::string word(seeds[random.below(seeds.size())]);
  for (std::size_t change = random.below(6); change > 0; --change) {
    const std::size_t at = random.below(word.size() + 1);
    const char character =
        random.below(20) == 0 ? '\0' : characters[random.below(characters.size())];
    switch (random.below(4)) {
      case 0:
        word.insert(at, 1, character);
        break;
      case 1:
        word.erase(at, 1 + random.below(3));
        break;
      case 2:
        word.insert(at, seeds[random.below(seeds.size())]);
        break;
      default:
        if (at < word.size()) word[at] = character;
    }
  }
  return word;
}

// Whether it ends in a value or in the one kind of error that is meant.
template <class Parse>
bool ends_well(const Parse& parse) {
  const auto kind = made::kind_of(parse);
  return !kind || *kind == ErrorKind::invalid_argument;
}

TEST(RevisionFuzz, NoWordCrashesTheParser) {
  const std::vector<std::string> known{"app:1", "a..b"};
  Randomness random;
  for (int round = 0; round < 100'000; ++round) {
    const std::string word = mutated(random);
    ASSERT_TRUE(ends_well([&] { parse_revision(word, known); })) << word;
    ASSERT_TRUE(ends_well([&] { parse_range(word, known); })) << word;
    ASSERT_TRUE(ends_well([&] { parse_file_reference(word, known); })) << word;
    ASSERT_TRUE(ends_well([&] { parse_suffixes(word); })) << word;
  }
}

}  // namespace
}  // namespace imgops
