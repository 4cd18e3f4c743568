// What `edit` is to do with the layers of an image, read from a todo list and checked: every layer
// above the base once, whatever becomes of it. Source: command-line §8.2.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/todo_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class LayerFate : std::uint8_t {
  keep,    // a layer of its own
  squash,  // one layer with the kept one before it
  drop
};

struct LayerEdit {
  std::size_t layer = 0;  // position above the base: its lowest child is 0
  LayerFate fate = LayerFate::keep;
  std::optional<std::string> instruction;  // the new created_by
};

// A name for the image as it is after the first `edit_count` edits.
struct TagPoint {
  std::string name;
  std::size_t edit_count = 0;
};

// Positions are counted from the base, so that one plan serves every platform of an index. Each
// layer is in `edits` once; the first that is not dropped is kept, not squashed.
struct EditPlan {
  std::vector<LayerEdit> edits;
  std::vector<TagPoint> tags;
};

// The list that leaves the layers from `first` on as they are. A layer is named by the beginning of
// its digest, or as "~N" when another layer begins so. Sizes are left to the caller.
std::vector<TodoLine> todo_of(const Image& image, std::size_t first);

// Layers are named by the beginning of digest or diff_id, four digits at least, or as "~N" of
// `image`. Nullopt for a list without lines. Throws Error(invalid_argument) with file and line: no
// such layer, several, one of the base, one twice or left out, a squash into nothing, a tag that is
// no name or is given twice.
std::optional<EditPlan> read_plan(const Image& image, std::size_t first,
                                  std::span<const TodoLine> lines, std::string_view file);

// The plan that drops these layers, positions in the image from `first` on, and keeps all others.
EditPlan plan_without(std::span<const std::size_t> dropped, std::size_t first,
                      std::size_t layer_count);

}  // namespace imgops
