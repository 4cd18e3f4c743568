// Instructions turned into what they set: the configuration of an image as its history tells it.
// Source: command-line §3; the builders' own rules for CMD under ENTRYPOINT and for ONBUILD.
#pragma once

#include "libimgops/dockerfile/history_dialect.hpp"
#include "libimgops/dockerfile/settings.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace imgops {

// PATH where an image sets none. The classic builder and BuildKit set it before the first step.
inline constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Replayed {
  Settings settings;                // values that are not known are null
  std::vector<std::size_t> unread;  // numbers of steps, from 1, whose text could not be read
};

// A stretch of history and what is known beside it.
struct ReplayInput {
  std::span<const HistoryInstruction> steps;  // all of them, oldest first
  std::size_t first = 0;                      // steps that `start` has behind it
  std::size_t end = 0;                        // steps to go up to; `first` <= `end`
  // Where the last build began: a CMD of steps up to here is the base's and goes with a new
  // ENTRYPOINT behind them, as do triggers with the build itself.
  std::size_t own_first = 0;
  const Settings& start;
  // Of the whole image; helps to read text that can be read in several ways.
  const Settings& finished;
};

// What can be read of a step is set, its other values become unknown.
Replayed replay(const ReplayInput& input);

}  // namespace imgops
