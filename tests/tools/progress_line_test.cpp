// Progress by a clock of the test's own.
#include "tools/imgops/progress_line.hpp"

#include "libimgops/base/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace imgops::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Watched {
  ProgressLine::Clock::time_point now{};
  std::string text;
  ProgressLine line;

  explicit Watched(ProgressStyle style)
      : line(
            style, [this] { return now; }, [this](std::string_view more) { text += more; }) {}

  void wait(int milliseconds) { now += std::chrono::milliseconds(milliseconds); }
  std::vector<std::string> lines() const {
    std::vector<std::string> result;
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      result.push_back(text.substr(begin, end - begin));
    }
    return result;
  }
};

// A blob of 100 bytes that takes `milliseconds`, told about every tenth of that time.
void run_job(Watched& watched, const std::string& subject, int milliseconds) {
  for (std::uint64_t done = 0; done <= 100; done += 10) {
    watched.line.update("index", subject, done, 100);
    if (done < 100) watched.wait(milliseconds / 10);
  }
}

TEST(ProgressLine, NothingIsToldOfAJobUnderHalfASecond) {
  Watched watched(ProgressStyle::plain);
  run_job(watched, "a", 400);
  EXPECT_EQ(watched.text, "");
}

TEST(ProgressLine, AShortJobIsQuietAlsoAfterALongOne) {
  Watched watched(ProgressStyle::plain);
  run_job(watched, "long", 2000);
  const std::string before = watched.text;
  run_job(watched, "short", 400);
  EXPECT_EQ(watched.text, before);
}

TEST(ProgressLine, AJobHasALineAtItsStartAndOneAtItsEnd) {
  Watched watched(ProgressStyle::plain);
  run_job(watched, "a", 2000);
  ASSERT_THAT(watched.lines(), SizeIs(2));
  EXPECT_THAT(watched.lines()[0], StartsWith("index a: "));
  EXPECT_THAT(watched.lines()[1], HasSubstr("100 %"));
}

TEST(ProgressLine, ALongJobHasALineEveryTenSeconds) {
  Watched watched(ProgressStyle::plain);
  run_job(watched, "a", 50'000);  // told at 5, 10 … 50 s: start, 15, 25, 35, 45, end
  EXPECT_THAT(watched.lines(), SizeIs(6));
}

TEST(ProgressLine, ManyShortJobsHaveALineEveryTenSeconds) {
  Watched watched(ProgressStyle::plain);
  for (int job = 0; job < 100; ++job) run_job(watched, std::to_string(job), 300);
  EXPECT_THAT(watched.lines(), SizeIs(testing::AllOf(testing::Ge(2U), testing::Le(6U))));
}

TEST(ProgressLine, JobsAtTheSameTimeHaveTheirOwnLines) {
  Watched watched(ProgressStyle::plain);
  for (const std::uint64_t done : {0U, 50U, 100U}) {
    watched.line.update("index", "a", done, 100);
    watched.line.update("index", "b", done, 100);
    watched.wait(1000);
  }
  EXPECT_THAT(watched.lines(), SizeIs(4));
}

TEST(ProgressLine, ObjectsComeTenTimesASecondAtMost) {
  Watched watched(ProgressStyle::json);
  for (std::uint64_t done = 0; done <= 1000; ++done) {
    watched.line.update("index", "a", done, 1000);
    watched.wait(2);
  }
  EXPECT_THAT(watched.lines(), SizeIs(testing::AllOf(testing::Ge(14U), testing::Le(17U))));
}

TEST(ProgressLine, AnObjectTellsOperationSubjectAndBytes) {
  Watched watched(ProgressStyle::json);
  run_job(watched, "a", 1000);
  EXPECT_EQ(Json::parse(watched.lines().back()),
            Json::parse(R"({"progress":{"op":"index","id":"a","done":100,"total":100}})"));
}

TEST(ProgressLine, TheBarIsErasedBeforeTextAndAtTheEnd) {
  Watched watched(ProgressStyle::bar);
  run_job(watched, "a", 2000);
  watched.text.clear();
  watched.line.print("a warning\n");
  EXPECT_THAT(watched.text, testing::MatchesRegex("\x1b\\[[0-9]+A\r\x1b\\[Ja warning\n"));
}

TEST(ProgressLine, NoneIsSilent) {
  Watched watched(ProgressStyle::none);
  run_job(watched, "a", 60'000);
  EXPECT_EQ(watched.text, "");
}

}  // namespace
}  // namespace imgops::cli
