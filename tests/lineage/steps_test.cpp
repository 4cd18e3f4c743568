#include "libimgops/lineage/steps.hpp"

#include "tests/support/documents.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::fixture;
using testing::image_of;

std::vector<std::string> shown(const Image& image) {
  std::vector<std::string> lines;
  for (const Step& step : steps_of(image)) {
    const std::string layer = step.layer ? std::to_string(*step.layer) : "-";
    lines.push_back(std::to_string(step.number) + " " + layer + " " + step.instruction.to_string());
  }
  return lines;
}

TEST(Steps, OfBuildKit) {
  EXPECT_EQ(shown(fixture("buildkit")),
            (std::vector<std::string>{
                "1 0 ADD file:5c6b1ae85bf3 in /", "2 - CMD [\"bash\"]", "3 - ENV LANG=C.UTF-8",
                "4 1 RUN apt-get update && apt-get install -y curl", "5 - EXPOSE 80/tcp 443/tcp",
                "6 2 COPY app.py /srv/", "7 3 RUN rm -rf /var/lib/apt/lists/*",
                "8 - CMD [\"python3\"]"}));
}

TEST(Steps, OfTheClassicBuilder) {
  EXPECT_EQ(shown(fixture("classic")),
            (std::vector<std::string>{"1 0 ADD file:7362e0e50f30 in /", "2 - CMD [\"bash\"]",
                                      "3 - MAINTAINER someone", "4 1 RUN apt-get update",
                                      "5 2 RUN set -eux; make", "6 - CMD [\"nginx\"]"}));
}

TEST(Steps, KeepWhatIsWritten) {
  const std::vector<Step> steps = steps_of(fixture("buildah"));
  EXPECT_EQ(steps[2].raw, "/bin/sh -c apt-get update");
  EXPECT_EQ(steps[2].comment, "FROM localhost/debian:v1");
  EXPECT_EQ(steps[2].created, "2024-02-02T12:00:00Z");
}

TEST(Steps, LayersWithoutHistoryAreStepsWithoutInstruction) {
  EXPECT_EQ(shown(image_of({1, 2})), (std::vector<std::string>{"1 0 ", "2 1 "}));
}

}  // namespace
}  // namespace imgops
