// The options of every command that merges three ways, and how its verdicts are shown.
// Source: command-line §8.3.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/ops/three_way.hpp"
#include "tools/imgops/context.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace imgops::cli {

// --ours, --theirs, --fail, --resolve PATH=ours|theirs|FILE, --text-merge GLOB.
void declare_merge_options(Declarations& declarations);
// With the standard drivers. Reads the files that --resolve names. Throws Error(invalid_argument),
// Error(not_found).
MergeChoices merge_choices(const Options& options);

// The rows of "verdicts" in every document: path, verdict, kind, settled, driver, reason.
Json verdicts_json(std::span<const MergedPath> paths);

// The rows of "config": key, verdict, kind, settled, base, ours, theirs.
Json setting_verdicts_json(std::span<const SettingVerdict> settings);

// A table of verdicts, settings as "config:KEY": open conflicts first, then settled ones and what
// drivers made; the rest only with -v. Nothing when there is nothing to tell.
std::string verdicts_text(const Context& context, std::span<const MergedPath> paths,
                          std::span<const SettingVerdict> settings = {});
// "12 paths: 9 take-new, 2 keep-app, 1 merged".
std::string verdicts_sentence(std::span<const MergedPath> paths);

// Says what drivers did that deserves a look, one line each; under --strict that is
// Error(conflict).
void tell_doubts(Context& context, std::span<const MergedPath> paths);

std::size_t count_open(std::span<const MergedPath> paths,
                       std::span<const SettingVerdict> settings = {});
enum class Settling : std::uint8_t { by_choice, by_more };
// Of a run with `count` open conflicts, all or not all settled by choosing a side: nothing was
// written.
[[noreturn]] void throw_open_conflicts(std::string_view subject, std::size_t count,
                                       Settling settling = Settling::by_choice);

}  // namespace imgops::cli
