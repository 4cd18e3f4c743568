// fuzz_driver [ROUNDS]: every target over its seeds, as they are and changed in ROUNDS ways each
// time the same (a few seconds by default). Ends with 1 and the input in hexadecimal where a
// property breaks. fuzz_driver --seeds DIR: writes the seeds to DIR/<target>/, for libFuzzer.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"
#include "tests/fuzz/targets.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

namespace imgops::fuzz {
namespace {

constexpr std::uint64_t usual_rounds = 10'000;

class Randomness {
 public:
  explicit Randomness(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33U) % bound;
  }

 private:
  std::uint64_t state_;
};

// Bytes at which parsers turn.
char turning_byte(Randomness& random) {
  constexpr std::string_view bytes("\0\1\x7f\x80\xff\x1f\x8b/.:{}[]\"\\,-~^#@0179 \n=", 29);
  return bytes[random.below(bytes.size())];
}

void change(std::string& input, const std::vector<std::string>& seeds, Randomness& random) {
  const std::size_t at = random.below(input.size() + 1);
  const std::size_t length = 1 + random.below(random.below(8) == 0 ? 600 : 8);
  switch (random.below(7)) {
    case 0:
      input.insert(at, 1, turning_byte(random));
      return;
    case 1:
      input.erase(at, length);
      return;
    case 2:
      input.insert(at, input.substr(random.below(input.size() + 1), length));
      return;
    case 3: {
      const std::string& other = seeds[random.below(seeds.size())];
      const std::size_t from = random.below(other.size() + 1);
      input.replace(at, length, other.substr(from, length));
      return;
    }
    case 4:
      input.resize(at);
      return;
    case 5:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
      return;
    default:
      if (at < input.size()) input[at] = turning_byte(random);
  }
}

std::string changed(const std::vector<std::string>& seeds, Randomness& random) {
  std::string input = seeds[random.below(seeds.size())];
  for (std::size_t count = 1 + random.below(4); count > 0; --count) change(input, seeds, random);
  return input;
}

bool holds(const Target& target, const std::string& input) {
  try {
    target.run(input);
    return true;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n%s\n", target.name, error.what(),
                 to_hexadecimal(as_bytes(input)).c_str());
    return false;
  }
}

bool try_target(const Target& target, std::uint64_t rounds) {
  const std::vector<std::string> inputs = seeds(target.name);
  for (const std::string& input : inputs) {
    if (!holds(target, input)) return false;
  }
  Randomness random(42);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (!holds(target, changed(inputs, random))) return false;
  }
  std::printf("%-14s %5zu seeds, %llu changed\n", target.name, inputs.size(),
              static_cast<unsigned long long>(rounds));
  return true;
}

void write_seeds(const std::filesystem::path& directory) {
  for (const Target& target : targets) {
    std::filesystem::create_directories(directory / target.name);
    for (const std::string& input : seeds(target.name)) {
      const std::string name = digest_of(as_bytes(input)).short_text();
      std::ofstream(directory / target.name / name, std::ios::binary) << input;
    }
  }
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "--seeds") {
    write_seeds(words[1]);
    return 0;
  }
  const std::uint64_t rounds = words.empty() ? usual_rounds : std::stoull(words[0]);
  bool all = true;
  for (const Target& target : targets) all = try_target(target, rounds) && all;
  return all ? 0 : 1;
}

}  // namespace
}  // namespace imgops::fuzz

int main(int count, char** words) {
  return imgops::fuzz::run({words + 1, words + count});
}
