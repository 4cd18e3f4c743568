// Images moved onto another base, platform by platform, and what is told about it.
// Source: command-line §8.3; docs/commands/rebase.md.
#pragma once

#include "libimgops/ops/rebase.hpp"
#include "tools/imgops/newcomer.hpp"
#include "tools/imgops/write_result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

enum class RebaseStatus : std::uint8_t {
  rebased,
  clean,  // no conflict, and not written: judged only, or another image had one
  unchanged,
  refused,  // packages or programs would miss something
  conflict
};

struct PlatformRebase {
  std::vector<std::size_t> position;
  Image before;
  Image onto;
  BaseMatch base;  // that was left
  RebasedImage result;
  bool is_there = false;   // it stood on the new base already
  bool is_judged = false;  // and no more
};

// What one operand names, before and after.
struct RefRebase {
  RewriteTarget target;
  std::vector<PlatformRebase> platforms;
  Descriptor now;  // what the ref points to in the end
  RebaseStatus status() const;
};

struct RebaseRequest {
  std::vector<std::string> images;  // as typed; globs over names are allowed
  Revision onto;
  std::optional<std::string> base;
  RebaseOptions options;
  OtherPlatforms others = OtherPlatforms::refused;
};

// What the operands name, each ref once, all in one place; of a glob the refs that stand on a base
// of their own. Throws Error(not_found) when nothing is left, Error(invalid_argument) for images of
// several places.
std::vector<RefRebase> select_rebases(Context& context, const RebaseRequest& request);

// All of them, in parallel; bases are opened once. Nothing is moved.
void rebase_all(Context& context, const RebaseRequest& request, const MergeChoices& choices,
                ResultWriter& writer, std::vector<RefRebase>& refs);

// A row a ref, then the verdicts of each that has any to tell.
void print_rebases(Context& context, const std::vector<RefRebase>& refs);
Json rebases_json(const std::vector<RefRebase>& refs, const Revision& onto);
std::size_t count_open(const std::vector<RefRebase>& refs);
// The images with that status, as typed: the first three, and how many more.
std::string images_of(const std::vector<RefRebase>& refs, RebaseStatus status);
// Whether one of the open conflicts is settled by no choice of sides.
bool needs_more(const std::vector<RefRebase>& refs);
std::size_t count_problems(const std::vector<RefRebase>& refs);

}  // namespace imgops::cli
