#include "libimgops/dockerfile/replay.hpp"

#include <gtest/gtest.h>

#include <map>

namespace imgops {
namespace {

constexpr std::string_view buildkit_comment = "buildkit.dockerfile.v0";
constexpr std::string_view buildah_comment = "FROM 0a1b2c3d4e5f";

// created_by of classic steps without "/bin/sh -c #(nop)  ", of buildah's without "… #(nop) ".
class Story {
 public:
  static Story classic(std::vector<std::string> lines) {
    return Story("/bin/sh -c #(nop)  ", "", std::move(lines));
  }
  static Story buildkit(std::vector<std::string> lines) {
    return Story("", buildkit_comment, std::move(lines));
  }
  static Story buildah(std::vector<std::string> lines) {
    return Story("/bin/sh -c #(nop) ", buildah_comment, std::move(lines));
  }
  Story& command(const std::string& text) {
    steps_.push_back(read_history_text(text, comment_));
    return *this;
  }
  Story& finished(Setting setting) {
    finished_.set(std::move(setting));
    return *this;
  }
  Story& from(std::size_t own_first) {
    own_first_ = own_first;
    return *this;
  }

  Replayed run() const {
    return replay({steps_, 0, steps_.size(), own_first_, Settings(), finished_});
  }
  // "Env.A" -> value.
  std::map<std::string, Json> settings() const {
    const Replayed replayed = run();
    std::map<std::string, Json> result;
    for (const Setting* const setting : replayed.settings.in_order()) {
      result[setting->name()] = setting->value;
    }
    return result;
  }

 private:
  Story(std::string_view prefix, std::string_view comment, std::vector<std::string> lines)
      : comment_(comment) {
    for (const std::string& line : lines) {
      steps_.push_back(read_history_text(std::string(prefix) + line, comment));
    }
  }
  std::string comment_;
  std::vector<HistoryInstruction> steps_;
  Settings finished_;
  std::size_t own_first_ = 0;
};

using Map = std::map<std::string, Json>;
Json list(std::initializer_list<const char*> items) {
  Json array = Json::array();
  for (const char* const item : items) array.push_back(item);
  return array;
}

TEST(ReplayClassic, SettingsOfOneValueAreTheirText) {
  EXPECT_EQ(Story::classic(
                {"USER 1:2", "STOPSIGNAL SIGINT", "MAINTAINER the maintainers", "WORKDIR /srv/app"})
                .settings(),
            (Map{{"User", "1:2"},
                 {"StopSignal", "SIGINT"},
                 {"author", "the maintainers"},
                 {"WorkingDir", "/srv/app"}}));
}

TEST(ReplayClassic, ListsAreReadAsGoPrintsThem) {
  EXPECT_EQ(Story::classic({R"(ENTRYPOINT ["nginx" "-g" "daemon off;"])", R"(CMD ["a"])",
                            "SHELL [/bin/bash -o pipefail -c]"})
                .settings(),
            (Map{{"Entrypoint", list({"nginx", "-g", "daemon off;"})},
                 {"Cmd", list({"a"})},
                 {"Shell", list({"/bin/bash", "-o", "pipefail", "-c"})}}));
}

TEST(ReplayClassic, AnEmptyListUnsets) {
  EXPECT_EQ(Story::classic({R"(CMD ["a"])", "CMD []"}).settings(), Map{});
}

TEST(ReplayClassic, PortsAreNamedAsInTheConfiguration) {
  const Json port = Json::object();
  EXPECT_EQ(Story::classic({"EXPOSE 80 443/UDP 8000-8001"}).settings(),
            (Map{{"ExposedPorts.80/tcp", port},
                 {"ExposedPorts.443/udp", port},
                 {"ExposedPorts.8000/tcp", port},
                 {"ExposedPorts.8001/tcp", port}}));
}

TEST(ReplayClassic, TriggersAddUp) {
  EXPECT_EQ(Story::classic({"ONBUILD RUN a", "ONBUILD USER b"}).settings(),
            (Map{{"OnBuild", list({"RUN a", "USER b"})}}));
}

TEST(ReplayClassic, TriggersAreGoneInTheNextBuild) {
  EXPECT_EQ(Story::classic({"ONBUILD RUN a", "USER b"}).from(1).settings(), (Map{{"User", "b"}}));
}

TEST(ReplayClassic, AHealthCheckIsReadAsGoPrintsIt) {
  EXPECT_EQ(
      Story::classic({R"(HEALTHCHECK &{["CMD-SHELL" "true"] "5s" "0s" "0s" '\x03'})"}).settings(),
      (Map{{"Healthcheck",
            Json::parse(R"({"Test":["CMD-SHELL","true"],"Interval":5000000000,"Retries":3})")}}));
}

TEST(ReplayClassic, AHealthCheckHasWhatItLeavesOpenFromTheOneBefore) {
  const std::vector<std::string> lines{R"(HEALTHCHECK &{["a"] "5s" "0s" "0s" '\x00'})",
                                       R"(HEALTHCHECK &{["b"] "0s" "1s" "0s" '\x00'})"};
  EXPECT_EQ(Story::classic(lines).settings(),
            (Map{{"Healthcheck",
                  Json::parse(R"({"Test":["b"],"Timeout":1000000000,"Interval":5000000000})")}}));
  EXPECT_EQ(Story::buildkit(lines).settings(),
            (Map{{"Healthcheck", Json::parse(R"({"Test":["b"],"Timeout":1000000000})")}}));
}

TEST(ReplayClassic, VariablesKeepTheirBlanksAndLineBreaks) {
  EXPECT_EQ(Story::classic({"ENV A=two  words\n "}).settings(), (Map{{"Env.A", "two  words\n "}}));
}

TEST(ReplayClassic, WithoutTheFinishedImageWhatLooksLikeANameIsOne) {
  EXPECT_EQ(Story::classic({"ENV A=1 B=-x -Dy=z C="}).settings(),
            (Map{{"Env.A", "1"}, {"Env.B", "-x -Dy=z"}, {"Env.C", ""}}));
}

TEST(ReplayClassic, WhatIsNoNameInTheFinishedImageIsPartOfAValue) {
  EXPECT_EQ(Story::classic({"ENV A=x y=z B=1"})
                .finished({"Env", "A", "later"})
                .finished({"Env", "B", "later"})
                .settings(),
            (Map{{"Env.A", "x y=z"}, {"Env.B", "1"}}));
}

TEST(ReplayClassic, TheFinishedValueTellsWhereItEnds) {
  EXPECT_EQ(Story::classic({"ENV A=x B=y B=2"})
                .finished({"Env", "A", "x B=y"})
                .finished({"Env", "B", "2"})
                .settings(),
            (Map{{"Env.A", "x B=y"}, {"Env.B", "2"}}));
}

TEST(ReplayClassic, LabelsAreReadAsVariablesAre) {
  EXPECT_EQ(Story::classic({"LABEL a.b=c d e=f"}).settings(),
            (Map{{"Labels.a.b", "c d"}, {"Labels.e", "f"}}));
}

TEST(ReplayClassic, VolumesWithBlanksAreToldByTheFinishedImage) {
  const Json volume = Json::object();
  EXPECT_EQ(Story::classic({"VOLUME [/data /with blank]"})
                .finished({"Volumes", "/data", volume})
                .finished({"Volumes", "/with blank", volume})
                .settings(),
            (Map{{"Volumes./data", volume}, {"Volumes./with blank", volume}}));
}

TEST(ReplayClassic, AShellWithBlanksIsToldByTheFinishedImage) {
  EXPECT_EQ(Story::classic({"SHELL [/bin/my shell -c]"})
                .finished({"Shell", "", list({"/bin/my shell", "-c"})})
                .settings(),
            (Map{{"Shell", list({"/bin/my shell", "-c"})}}));
}

TEST(ReplayBuildKit, PortsAreReadFromTheMapItPrints) {
  const Json port = Json::object();
  EXPECT_EQ(Story::buildkit({"EXPOSE map[443/udp:{} 80/tcp:{}]"}).settings(),
            (Map{{"ExposedPorts.443/udp", port}, {"ExposedPorts.80/tcp", port}}));
  EXPECT_EQ(Story::buildkit({"EXPOSE [80/tcp]"}).settings(), (Map{{"ExposedPorts.80/tcp", port}}));
}

TEST(ReplayBuildKit, CommandsChangeNoSettings) {
  EXPECT_EQ(
      Story::buildkit({"RUN /bin/sh -c ENV A=b # buildkit", "COPY x / # buildkit"}).settings(),
      Map{});
}

TEST(ReplayBuildah, LinesAreReadAsInADockerfile) {
  EXPECT_EQ(Story::buildah({R"(ENV A=b C="d e" F=g\ h)", "ENV OLD old form"}).settings(),
            (Map{{"Env.A", "b"}, {"Env.C", "d e"}, {"Env.F", "g h"}, {"Env.OLD", "old form"}}));
}

TEST(ReplayBuildah, VariablesAreReplacedByEarlierOnes) {
  EXPECT_EQ(
      Story::buildah({"ENV A=b", "ENV C=${A}c D=$NONE", "WORKDIR /$A", "USER ${A:-x}"}).settings(),
      (Map{{"Env.A", "b"}, {"Env.C", "bc"}, {"Env.D", ""}, {"WorkingDir", "/b"}, {"User", "b"}}));
}

TEST(ReplayBuildah, ACommandWithoutBracketsIsForTheShell) {
  EXPECT_EQ(
      Story::buildah({R"(ENTRYPOINT ["a", "b c"])", "CMD echo $A  b"}).settings(),
      (Map{{"Entrypoint", list({"a", "b c"})}, {"Cmd", list({"/bin/sh", "-c", "echo $A  b"})}}));
}

TEST(ReplayBuildah, RelativeDirectoriesAddUp) {
  EXPECT_EQ(Story::buildah({"WORKDIR /srv", "WORKDIR a/../app"}).settings(),
            (Map{{"WorkingDir", "/srv/app"}}));
}

TEST(ReplayBuildah, HealthChecksHaveOptionsInFront) {
  EXPECT_EQ(
      Story::buildah({"HEALTHCHECK --interval=5s --retries=4 CMD true x"}).settings(),
      (Map{{"Healthcheck",
            Json::parse(R"({"Test":["CMD-SHELL","true x"],"Interval":5000000000,"Retries":4})")}}));
  EXPECT_EQ(Story::buildah({"HEALTHCHECK NONE"}).settings(),
            (Map{{"Healthcheck", Json::parse(R"({"Test":["NONE"]})")}}));
}

TEST(ReplayBuildah, BuildArgumentsAreKnownFromTheCommandsTheyWereGivenTo) {
  EXPECT_EQ(Story::buildah({"ARG V", "ENV A=$V"}).command("|1 V=1.2 /bin/sh -c make").settings(),
            (Map{{"Env.A", "1.2"}}));
}

TEST(ReplayBuildah, ABuildArgumentThatNothingTellsMakesItsValueUnknown) {
  const Replayed replayed = Story::buildah({"ARG V", "ENV A=$V B=1"}).run();
  EXPECT_EQ(replayed.settings.find("Env", "A")->value, nullptr);
  EXPECT_EQ(replayed.settings.find("Env", "A")->step, 2U);
  EXPECT_EQ(replayed.settings.find("Env", "B")->value, "1");
}

TEST(ReplayBuildah, ThePathHasADefault) {
  EXPECT_EQ(Story::buildah({"ENV PATH=/opt:$PATH"}).settings(),
            (Map{{"Env.PATH", "/opt:" + std::string(default_path)}}));
}

TEST(ReplayBuildah, ARangeOfPortsStaysOne) {
  EXPECT_EQ(Story::buildah({"EXPOSE 8000-8001"}).settings(),
            (Map{{"ExposedPorts.8000-8001/tcp", Json::object()}}));
}

TEST(ReplayBuildah, AVariableThatMayHaveBeenThereBeforeIsUnknown) {
  EXPECT_EQ(Story::buildah({"ENV A=$B"}).finished({"Env", "B", "b"}).settings(),
            (Map{{"Env.A", nullptr}}));
}

TEST(ReplayBuildah, ListsOfDockersBefore2016AreReadToo) {
  const Json volume = Json::object();
  EXPECT_EQ(Story::buildah({R"(CMD ["a" "b"])", "VOLUME [/a /b]"}).settings(),
            (Map{{"Cmd", list({"a", "b"})}, {"Volumes./a", volume}, {"Volumes./b", volume}}));
}

TEST(Replay, AnEntryPointDropsTheCommandOfTheBase) {
  EXPECT_EQ(Story::classic({R"(CMD ["a"])", R"(ENTRYPOINT ["b"])"}).from(1).settings(),
            (Map{{"Entrypoint", list({"b"})}}));
}

TEST(Replay, AnEntryPointKeepsTheCommandOfItsOwnBuild) {
  EXPECT_EQ(Story::classic({R"(CMD ["a"])", R"(ENTRYPOINT ["b"])"}).from(0).settings(),
            (Map{{"Cmd", list({"a"})}, {"Entrypoint", list({"b"})}}));
}

TEST(Replay, InsideTheBaseOnlyACommandRightBeforeTheEntryPointOutlivesIt) {
  EXPECT_EQ(Story::classic({R"(CMD ["a"])", R"(ENTRYPOINT ["b"])", "USER c"}).from(2).settings(),
            (Map{{"Cmd", list({"a"})}, {"Entrypoint", list({"b"})}, {"User", "c"}}));
  EXPECT_EQ(Story::classic({R"(CMD ["a"])", "USER c", R"(ENTRYPOINT ["b"])"}).from(3).settings(),
            (Map{{"Entrypoint", list({"b"})}, {"User", "c"}}));
}

TEST(Replay, TextThatCannotBeReadMakesTheValueUnknown) {
  EXPECT_EQ(Story::classic({"CMD nonsense"}).settings(), (Map{{"Cmd", nullptr}}));
}

TEST(Replay, StepsOfWhichNotEvenTheNamesAreKnownAreListed) {
  EXPECT_EQ(Story::classic({"USER a", "ENV nonsense", "EXPOSE x"}).run().unread,
            (std::vector<std::size_t>{2, 3}));
}

TEST(Replay, TextOfNoBuilderSetsNothing) {
  EXPECT_EQ(Story::classic({}).command("debootstrap").settings(), Map{});
}

TEST(Replay, BeginsWithWhatIsKnown) {
  const std::vector<HistoryInstruction> steps = {
      read_history_text("/bin/sh -c #(nop)  USER never read"),
      read_history_text("/bin/sh -c #(nop)  STOPSIGNAL 9")};
  Settings start;
  start.set({"User", "", "known"});
  const Replayed replayed = replay({steps, 1, 2, 0, start, Settings()});
  EXPECT_EQ(replayed.settings.find("User")->value, "known");
  EXPECT_EQ(replayed.settings.find("StopSignal")->value, "9");
}

}  // namespace
}  // namespace imgops
