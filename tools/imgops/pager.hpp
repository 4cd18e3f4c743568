// The user's pager between us and a terminal.
#pragma once

#include <string>

namespace imgops::cli {

struct PagerProcess {
  int process = 0;
  int descriptor = -1;  // what it reads from
};

// Runs `command` through the shell, as $PAGER is meant. Throws Error(input_output).
PagerProcess start_pager(const std::string& command);
// Ends its input and waits until the user has read.
void end_pager(PagerProcess pager);

}  // namespace imgops::cli
