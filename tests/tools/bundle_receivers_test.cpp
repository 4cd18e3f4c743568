// What a bundle leaves in a layout where it is refused late.
#include "libimgops/base/error.hpp"
#include "tests/repository/made_layout.hpp"
#include "tools/imgops/command_line.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/context.hpp"
#include "tools/imgops/leftovers.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace imgops::cli {
namespace {

// One run of `imgops bundle`, after a warning or without one.
enum class Before : std::uint8_t { nothing, warning };
void run(const std::vector<std::string>& words, Before before = Before::nothing) {
  const Options options = parse_options(split_command_line(words));
  Environment environment;
  environment.temporary_directory = std::filesystem::temp_directory_path();
  Leftovers leftovers;
  Context context(environment, global_options(options, environment), "imgops bundle", {},
                  leftovers);
  if (before == Before::warning) context.observer().warn("something is odd");
  run_bundle(options, context);
}

std::size_t blob_count(const made::MadeLayout& layout) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(layout.path() / "blobs")) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

TEST(BundleReceivers, ALayoutThatRefusesUnderStrictHasNoNewBlobs) {
  const made::MadeLayout sender;
  sender.tag("app:1", "one");
  const std::string file = (sender.path() / "app.bundle").string();
  run({"bundle", "create", file, "scratch..app:1", "--whole", "-q", "-L", sender.path().string()});
  const made::MadeLayout receiver;
  const std::size_t before = blob_count(receiver);
  const std::vector<std::string> apply = {
      "bundle", "apply", file, "-q", "--strict", "-L", receiver.path().string()};
  try {
    run(apply, Before::warning);
    ADD_FAILURE() << "applied";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
  }
  EXPECT_EQ(blob_count(receiver), before);
  EXPECT_FALSE(receiver.now("app:1"));
  run(apply);
  EXPECT_EQ(receiver.now("app:1"), sender.now("app:1"));
}

}  // namespace
}  // namespace imgops::cli
