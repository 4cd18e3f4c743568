// Kills and full disks (security V6): names are as before or as after, blobs are all there, and the
// next program settles what is half-way.
#include "libimgops/repository/recovery.hpp"
#include "libimgops/store/closure.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

// Moves "a" and "b" together, for ever.
[[noreturn]] void move_in_a_loop(const MadeLayout& layout, const std::vector<Descriptor>& images,
                                 std::size_t round) {
  while (true) {
    Repository repository = layout.open();
    Transaction transaction(repository, "loop", made::noon);
    const Descriptor& target = images[round++ % images.size()];
    transaction.move("a", layout.now("a"), target);
    transaction.move("b", layout.now("b"), target);
    transaction.commit();
  }
}

std::size_t temporary_files(const MadeLayout& layout) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(layout.path())) {
    if (entry.path().filename().string().starts_with(".new-")) ++count;
  }
  return count;
}

// What must hold of a layout whenever it has been opened.
void check_settled(const MadeLayout& layout) {
  const Repository repository = layout.open();
  ASSERT_FALSE(needs_recovery(layout.state()));
  ASSERT_EQ(layout.now("a"), layout.now("b"));
  for (const NamedDescriptor& named : repository.names()) {
    ASSERT_FALSE(closure(repository.blobs(), named.descriptor, named.name).empty());
    ASSERT_EQ(read_log(repository, named.name).back().new_digest, named.descriptor.digest());
  }
}

constexpr int least_kills = 20;

TEST(Faults, KilledAtAnyMomentBothNamesAreAsBeforeOrAsAfter) {
  const MadeLayout layout;
  const std::vector<Descriptor> images{layout.image("one"), layout.image("two"),
                                       layout.image("three")};
  layout.tag("a", "one");
  layout.tag("b", "one");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  std::uint64_t moment = 1;
  int kills = 0;
  // On a machine that stalls for seconds, longer, so that the test always tries something.
  while ((std::chrono::steady_clock::now() < end || kills < least_kills) &&
         !::testing::Test::HasFatalFailure()) {
    const pid_t child = ::fork();
    if (child == 0) move_in_a_loop(layout, images, static_cast<std::size_t>(kills));
    moment = moment * 6364136223846793005ULL + 1442695040888963407ULL;
    std::this_thread::sleep_for(std::chrono::microseconds((moment >> 33U) % 30'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    check_settled(layout);
    ++kills;
  }
  EXPECT_EQ(temporary_files(layout), 0U);
}

// Whether a move of "a" fails with input_output in a process whose files cannot grow beyond
// `limit`.
bool fails_on_full_disk(const MadeLayout& layout, rlim_t limit_bytes, const Descriptor& target) {
  const Digest now = *layout.now("a");
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{limit_bytes, limit_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto kind = made::kind_of([&] {
      Repository repository = layout.open();
      Transaction transaction(repository, "tag", made::noon);
      transaction.move("a", now, target);
      transaction.commit();
    });
    ::_exit(kind == ErrorKind::input_output ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST(Faults, ADiskTooFullForTheRecordLeavesEverythingAsBefore) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const Descriptor target = layout.image("two");
  const std::string before = layout.index_text();
  EXPECT_TRUE(fails_on_full_disk(layout, 10, target));
  EXPECT_EQ(layout.index_text(), before);
  EXPECT_EQ(layout.record(2), "");
  EXPECT_EQ(temporary_files(layout), 0U);
}

TEST(Faults, ADiskTooFullForTheIndexLeavesEverythingAsBefore) {
  const MadeLayout layout;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) layout.tag(name, "one");
  const Descriptor target = layout.image("two");
  const std::string before = layout.index_text();
  ASSERT_GT(before.size(), 1000U);
  EXPECT_TRUE(fails_on_full_disk(layout, 1000, target));
  EXPECT_EQ(layout.index_text(), before);
  EXPECT_EQ(layout.record(7), "");
  EXPECT_EQ(temporary_files(layout), 0U);
}

TEST(Faults, AfterAFullDiskTheSameMoveSucceeds) {
  const MadeLayout layout;
  layout.tag("a", "one");
  fails_on_full_disk(layout, 10, layout.image("two"));
  EXPECT_EQ(layout.tag("a", "two"), 2U);
}

// The log is the only file here that is larger than the limit.
TEST(Faults, ADiskTooFullForTheLogIsNoFailureAndTheNextProgramWritesIt) {
  const MadeLayout layout;
  for (int round = 0; round < 12; ++round) layout.tag("a", round % 2 == 0 ? "one" : "two");
  const Descriptor target = layout.image("three");
  ASSERT_GT(MadeLayout::read(layout.state() / "logs" / "a").size(), 2000U);
  EXPECT_FALSE(fails_on_full_disk(layout, 2000, target));
  EXPECT_EQ(read_log(layout.open(), "a").back().new_digest, target.digest());
}

}  // namespace
}  // namespace imgops
