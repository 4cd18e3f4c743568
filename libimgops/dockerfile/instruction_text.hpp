// The instruction behind a history entry's created_by, freed from what the builder wrapped round
// it. Source: the dialects of the classic builder, BuildKit and buildah as measured.
#pragma once

#include <string>
#include <string_view>

namespace imgops {

struct InstructionText {
  std::string keyword;            // "RUN", upper case; empty when none is known
  std::string arguments;          // the rest, wrappers stripped, on one line
  std::string to_string() const;  // "RUN apt-get update"
};

// "/bin/sh -c #(nop) ENV a=b" -> ENV a=b; "/bin/sh -c apt-get update" and
// "RUN /bin/sh -c apt-get update # buildkit" -> RUN apt-get update; "|1 A=b /bin/sh -c x" loses the
// count and keeps no values. Runs of blanks become one space, in quotes only those with a tab or a
// line break. Text of no dialect keeps its bytes as arguments.
InstructionText parse_instruction_text(std::string_view created_by);

}  // namespace imgops
