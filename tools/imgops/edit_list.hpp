// The todo list of `edit`: made, shown in the editor or read from a file, and understood.
// Source: command-line §8.2.
#pragma once

#include "libimgops/ops/edit_plan.hpp"
#include "tools/imgops/selection.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgops::cli {

// One image to be edited, and what of it may be.
struct EditablePlatform {
  PlatformImage whole;
  Image image;                    // up to the revision that was named
  std::optional<BaseMatch> base;  // what its lowest layers are; nullopt: all layers may be edited
  std::size_t first() const { return base ? base->layer_count : 0; }
};

// Throws Error(not_found) without a certain base, unless `onto_scratch`.
std::vector<EditablePlatform> editable_platforms(Context& context, const RewriteTarget& target,
                                                 const std::optional<std::string>& given_base,
                                                 bool onto_scratch);

// The list that changes nothing, with what people need to know as comments.
std::string todo_text(const Context& context, const RewriteTarget& target,
                      std::span<const EditablePlatform> platforms);

// From `todo_file` ("-" is standard input), else from the user's editor, which is offered again
// when the list is bad. Nullopt for an empty list. One plan serves all platforms: Error(conflict)
// when they have different numbers of layers. Throws as read_plan(), Error(cancelled) when the
// editor fails.
std::optional<EditPlan> ask_for_plan(Context& context, const RewriteTarget& target,
                                     std::span<const EditablePlatform> platforms,
                                     const std::optional<std::string>& todo_file);

}  // namespace imgops::cli
