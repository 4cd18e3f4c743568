#include "libimgops/dockerfile/instruction_text.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

std::string shown(std::string_view created_by) {
  return parse_instruction_text(created_by).to_string();
}

TEST(InstructionText, ClassicSettingsLoseShellAndMarker) {
  EXPECT_EQ(shown("/bin/sh -c #(nop) ENV a=b"), "ENV a=b");
  EXPECT_EQ(shown("/bin/sh -c #(nop)  CMD [\"x\" \"y\"]"), "CMD [\"x\" \"y\"]");
  EXPECT_EQ(shown("/bin/sh -c #(nop) ADD file:7362e0e50f30 in / "), "ADD file:7362e0e50f30 in /");
}

TEST(InstructionText, ClassicCommandsAreRuns) {
  EXPECT_EQ(shown("/bin/sh -c apt-get update"), "RUN apt-get update");
}

TEST(InstructionText, ClassicBuildArgumentsLoseCountAndValues) {
  EXPECT_EQ(shown("|2 A=b C=d /bin/sh -c make"), "RUN make");
  EXPECT_EQ(shown("|1 A= /bin/sh -c make"), "RUN make");
}

TEST(InstructionText, BuildArgumentsWithBlanksEndAtTheShell) {
  EXPECT_EQ(shown("|1 A=b and /more c /bin/sh -c make"), "RUN make");
}

TEST(InstructionText, BuildArgumentsBeforeAProgramWithoutShell) {
  EXPECT_EQ(shown("|1 A=b make all"), "RUN make all");
}

TEST(InstructionText, BuildKitCommandsLoseShellAndComment) {
  EXPECT_EQ(shown("RUN /bin/sh -c apt-get update # buildkit"), "RUN apt-get update");
  EXPECT_EQ(shown("RUN |1 A=b /bin/sh -c make # buildkit"), "RUN make");
}

TEST(InstructionText, BuildKitSettingsAreWhatTheySay) {
  EXPECT_EQ(shown("COPY x / # buildkit"), "COPY x /");
  EXPECT_EQ(shown("ENV A=b"), "ENV A=b");
  EXPECT_EQ(shown("CMD [\"x\"]"), "CMD [\"x\"]");
  EXPECT_EQ(shown("WORKDIR /srv"), "WORKDIR /srv");
}

TEST(InstructionText, PortsAreReadFromTheMapThatBuildKitPrints) {
  EXPECT_EQ(shown("EXPOSE map[80/tcp:{}]"), "EXPOSE 80/tcp");
  EXPECT_EQ(shown("EXPOSE map[80/tcp:{} 443/udp:{}]"), "EXPOSE 80/tcp 443/udp");
  EXPECT_EQ(shown("/bin/sh -c #(nop)  EXPOSE 80"), "EXPOSE 80");
}

TEST(InstructionText, BuildahCopiesKeepTheirHash) {
  EXPECT_EQ(shown("/bin/sh -c #(nop) COPY file:0a1b in /dest"), "COPY file:0a1b in /dest");
  EXPECT_EQ(shown("COPY file:0a1b in /dest"), "COPY file:0a1b in /dest");
}

TEST(InstructionText, OtherShellsAreStrippedToo) {
  EXPECT_EQ(shown("/bin/bash -o pipefail -c make"), "RUN make");
  EXPECT_EQ(shown("/bin/bash -c make"), "RUN make");
  EXPECT_EQ(shown("/bin/bash -euxo pipefail -c make -j"), "RUN make -j");
  EXPECT_EQ(shown("/bin/ash -eo pipefail -c make"), "RUN make");
  EXPECT_EQ(shown("RUN /bin/bash -ec make # buildkit"), "RUN make");
  EXPECT_EQ(shown("/bin/bash -o pipefail -c #(nop)  CMD [\"x\"]"), "CMD [\"x\"]");
  EXPECT_EQ(shown("cmd /S /C dir"), "RUN dir");
  EXPECT_EQ(shown("powershell -Command Get-Item x"), "RUN Get-Item x");
}

TEST(InstructionText, AShellTheUserCallsIsNoWrapper) {
  EXPECT_EQ(shown("/bin/sh -c bash -c 'make'"), "RUN bash -c 'make'");
  EXPECT_EQ(shown("RUN sh -c make"), "RUN sh -c make");
}

TEST(InstructionText, IsOnOneLine) {
  EXPECT_EQ(shown("/bin/sh -c set -eux; \t\tmake;\n\n  make install"),
            "RUN set -eux; make; make install");
  EXPECT_EQ(shown("RUN /bin/sh -c apt-get update     && apt-get upgrade # buildkit"),
            "RUN apt-get update && apt-get upgrade");
}

TEST(InstructionText, KeepsSpacesInQuotes) {
  EXPECT_EQ(shown("/bin/sh -c echo \"a  b\"  'c\n d'"), "RUN echo \"a  b\" 'c d'");
}

TEST(InstructionText, OfNoDialectKeepsItsBytes) {
  for (const std::string_view text :
       {"", "/bin/sh", "bash", "debootstrap  -x\n", "umoci repack", "/bin/sh -x", "|x A=b", "|",
        "|99999999999999999999 x", "Run x"}) {
    const InstructionText instruction = parse_instruction_text(text);
    EXPECT_EQ(instruction.keyword, "") << text;
    EXPECT_EQ(instruction.arguments, text);
  }
}

TEST(InstructionText, AMarkerWithoutInstructionIsJustText) {
  EXPECT_EQ(shown("/bin/sh -c #(nop) something"), "something");
  EXPECT_EQ(shown("/bin/sh -c #(nop)"), "");
}

TEST(InstructionText, KeywordsStandAlone) {
  const InstructionText instruction = parse_instruction_text("/bin/sh -c #(nop)  USER nobody");
  EXPECT_EQ(instruction.keyword, "USER");
  EXPECT_EQ(instruction.arguments, "nobody");
}

}  // namespace
}  // namespace imgops
