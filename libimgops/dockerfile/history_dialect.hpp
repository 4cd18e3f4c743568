// A history entry's text, freed from what the builder wrapped round the instruction, and which
// builder's way of writing it is in.
// Source: the classic builder and BuildKit in dockerd 20.10.24 and buildah 1.28.2, as measured
// (fixtures/histories).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class HistoryDialect : std::uint8_t {
  none,      // text of no builder: there is no keyword
  classic,   // SHELL #(nop)  CMD ["x" "y"]: variables replaced, lists as Go prints them
  buildkit,  // CMD ["x" "y"], the same without marker; no ONBUILD
  buildah,   // SHELL #(nop) CMD x y: the line of the Dockerfile
  plain      // CMD x y alone: the line of the Dockerfile, as kaniko writes it
};

// One instruction as history tells it.
struct HistoryInstruction {
  HistoryDialect dialect = HistoryDialect::none;
  std::string keyword;                       // "RUN", upper case; empty when none is known
  std::string arguments;                     // the rest, as written but for blanks round it
  std::vector<std::string> build_arguments;  // of RUN: "A=b", cut at blanks, so one may be broken
};

// "/bin/sh -c #(nop)  ENV a=b" is ENV a=b; "/bin/sh -c make" and "RUN /bin/sh -c make # buildkit"
// are RUN make; "|1 A=b /bin/sh -c make" is RUN make with one build argument. `comment` is the
// entry's: buildah's "FROM id" and BuildKit's name of itself tell their dialects, where it is
// missing the text must do. Text of no dialect is kept whole as arguments. Never throws.
HistoryInstruction read_history_text(std::string_view created_by, std::string_view comment = {});

}  // namespace imgops
