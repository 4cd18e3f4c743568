// Twelve programs move names of one layout at once (measured on another tool: 1 of 12 names left).
#include "libimgops/repository/check.hpp"
#include "libimgops/repository/garbage.hpp"
#include "libimgops/repository/journal.hpp"
#include "libimgops/repository/undo.hpp"
#include "libimgops/store/closure.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace imgops {
namespace {

using made::MadeLayout;

constexpr int writers = 12;
constexpr int moves = 50;

// Runs `work(number)` in so many processes at once; whether all of them returned true.
template <class Work>
bool run_processes(int count, const Work& work) {
  std::vector<pid_t> children;
  for (int number = 0; number < count; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      bool done = false;
      const auto error = made::error_of([&] { done = work(number); });
      if (error) ADD_FAILURE() << error->what();
      ::_exit(done && !error ? 0 : 1);
    }
    children.push_back(child);
  }
  bool all = true;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    all = all && status == 0;
  }
  return all;
}

std::string name_of(int writer) {
  return "app:" + std::to_string(writer);
}

TEST(Concurrency, NoNameAndNoBlobOfTwelveWritersIsLost) {
  const MadeLayout layout;
  EXPECT_TRUE(run_processes(writers, [&](int writer) {
    for (int move = 0; move < moves; ++move) {
      layout.tag(name_of(writer), name_of(writer) + " " + std::to_string(move));
    }
    return true;
  }));
  const Repository repository = layout.open();
  EXPECT_EQ(repository.names().size(), static_cast<std::size_t>(writers));
  for (int writer = 0; writer < writers; ++writer) {
    const std::string last = name_of(writer) + " " + std::to_string(moves - 1);
    EXPECT_EQ(layout.now(name_of(writer)), layout.digest(last));
    EXPECT_FALSE(closure(repository.blobs(), layout.image(last), "image").empty());
  }
  EXPECT_EQ(layout.tag("last", "last"), static_cast<std::uint64_t>(writers * moves + 1));

  // Every transaction is in exactly one log, every log a chain, in the order of the journal.
  std::set<std::uint64_t> transactions;
  for (int writer = 0; writer < writers; ++writer) {
    const auto log = read_log(repository, name_of(writer));
    ASSERT_EQ(log.size(), static_cast<std::size_t>(moves));
    for (std::size_t line = 0; line < log.size(); ++line) {
      EXPECT_TRUE(transactions.insert(log[line].transaction).second);
      const auto record = find_record(layout.state(), log[line].transaction);
      ASSERT_TRUE(record);
      EXPECT_EQ(record->state, RecordState::committed);
      EXPECT_EQ(record->moves.front().name, name_of(writer));
      EXPECT_EQ(record->moves.front().new_digest, log[line].new_digest);
      if (line == 0) continue;
      EXPECT_EQ(log[line].old_digest, log[line - 1].new_digest);
      EXPECT_GT(log[line].transaction, log[line - 1].transaction);
    }
  }
  EXPECT_EQ(transactions.size(), static_cast<std::size_t>(writers * moves));
}

// Each takes back its own last move and makes it again, among eleven others that do the same.
TEST(Concurrency, UndoAmongOtherWritersLosesNothing) {
  const MadeLayout layout;
  for (int writer = 0; writer < writers; ++writer) layout.tag(name_of(writer), "start");
  EXPECT_TRUE(run_processes(writers, [&](int writer) {
    for (int round = 0; round < 4; ++round) {
      layout.tag(name_of(writer), name_of(writer) + " " + std::to_string(round));
      const auto kind = made::kind_of([&] {
        Repository repository = layout.open();
        const auto reversal = find_undo(repository);
        if (!reversal) return;
        reverse(repository, *reversal, reversed_moves(repository, *reversal, MovedSince::refuse),
                "undo", made::noon);
      });
      if (kind && *kind != ErrorKind::conflict) return false;
    }
    return true;
  }));
  const Repository repository = layout.open();
  for (int writer = 0; writer < writers; ++writer) {
    const auto log = read_log(repository, name_of(writer));
    ASSERT_FALSE(log.empty());
    EXPECT_EQ(log.back().new_digest, layout.now(name_of(writer)));
    for (std::size_t line = 1; line < log.size(); ++line) {
      EXPECT_EQ(log[line].old_digest, log[line - 1].new_digest);
    }
  }
}

TEST(Concurrency, EachMoveOfOneNameIsMadeByOneWriterOnly) {
  const MadeLayout layout;
  layout.tag("shared", "start");
  EXPECT_TRUE(run_processes(writers, [&](int writer) {
    // Until it has moved the name twice; a conflict means that another was faster.
    for (int done = 0; done < 2;) {
      const auto kind = made::kind_of(
          [&] { layout.tag("shared", std::to_string(writer) + "." + std::to_string(done)); });
      if (!kind) ++done;
      if (kind && *kind != ErrorKind::conflict) return false;
    }
    return true;
  }));
  const auto log = read_log(layout.open(), "shared");
  ASSERT_EQ(log.size(), static_cast<std::size_t>(1 + writers * 2));
  for (std::size_t line = 1; line < log.size(); ++line) {
    EXPECT_EQ(log[line].old_digest, log[line - 1].new_digest);
  }
}

// One move as a program makes it: blobs written through the repository, some found there already.
void move_as_a_program(const MadeLayout& layout, const std::string& name, const std::string& note) {
  Repository repository = layout.open();
  const Descriptor image = made::store(
      repository.blobs(),
      {{{"ADD base", "layer of all"}, {"RUN " + note, "layer of " + note}}, host_platform(), note});
  const auto names = repository.names();
  const NamedDescriptor* const found = find_name(names, name);
  Transaction transaction(repository, "tag " + note, made::noon);
  transaction.move(name, found ? std::optional(found->descriptor.digest()) : std::nullopt, image);
  transaction.commit();
}

// Removes all it may, without grace and without a past, until the writers are done.
void collect_until(const MadeLayout& layout, const std::filesystem::path& end) {
  const GarbageOptions options{std::chrono::seconds(0), std::chrono::seconds(0), Disposal::remove};
  while (!std::filesystem::exists(end)) {
    Repository repository = layout.open();
    collect_garbage(repository, options, {4'000'000'000, 0});
  }
}

// Half of the images of a writer were made before, by the move before the last, and are garbage by
// now: found there, or not.
TEST(Concurrency, NothingIsLostAndNobodyFailsWhileGarbageIsCollected) {
  constexpr int many_moves = 50;
  const MadeLayout layout;
  const auto end = layout.path() / "end";
  const auto note = [](int writer, int move) {
    return name_of(writer) + " " + std::to_string(move % 2 == 0 ? move : move - 3);
  };
  EXPECT_TRUE(run_processes(2, [&](int role) {
    if (role == 0) {
      collect_until(layout, end);
      return true;
    }
    const bool all = run_processes(writers, [&](int writer) {
      for (int move = 0; move < many_moves; ++move) {
        move_as_a_program(layout, name_of(writer), note(writer, move));
      }
      return true;
    });
    MadeLayout::write(end, "");
    return all;
  }));
  const Repository repository = layout.open();
  EXPECT_EQ(repository.names().size(), static_cast<std::size_t>(writers));
  for (const NamedDescriptor& named : repository.names()) {
    EXPECT_FALSE(closure(repository.blobs(), named.descriptor, named.name).empty());
  }
  for (int writer = 0; writer < writers; ++writer) {
    EXPECT_EQ(read_log(repository, name_of(writer)).back().new_digest, layout.now(name_of(writer)));
  }
  Workers workers(2);
  SilentObserver silent;
  const CheckReport report = check_layout(layout.path(), {}, workers, silent);
  EXPECT_FALSE(report.is_corrupt());
}

TEST(Concurrency, ReadersNeverSeeHalfAnIndex) {
  const MadeLayout layout;
  layout.tag("a", "start");
  EXPECT_TRUE(run_processes(4, [&](int number) {
    for (int round = 0; round < 20; ++round) {
      if (number == 0) {
        layout.tag("a", std::to_string(round));
      } else if (!layout.now("a")) {
        return false;
      }
    }
    return true;
  }));
}

}  // namespace
}  // namespace imgops
