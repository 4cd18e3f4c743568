#include "tools/imgops/diff_sides.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/image_edit.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

DiffSide side(Context& context, const std::string& word) {
  if (is_file_reference(context, word)) {
    SelectedFile file = select_file(context, word);
    return {std::move(file.image), file.path, word};
  }
  return {select_image(context, word), std::nullopt, word};
}

DiffSide side(Context& context, const Revision& revision) {
  return {select_image(context, revision), std::nullopt, revision.text};
}

// The lowest `count` layers of `whole`, as a side of its own.
DiffSide lowest(const DiffSide& whole, std::size_t count, const std::string& text) {
  DiffSide result = whole;
  result.image.resolved.image = keep_layers(whole.image.image(), count);
  result.image.resolved.is_whole = false;
  result.text = text;
  return result;
}

void require_ancestor(const DiffSide& before, const DiffSide& after) {
  const Image& lower = before.image.image();
  if (shared_layer_count(lower, after.image.image()) == lower.layers().size()) return;
  throw Error(
      ErrorKind::not_found,
      fmt::format("{}: is no ancestor of {}", printable(before.text), printable(after.text)),
      fmt::format("'imgops diff {} {}' compares any two images", printable(before.text),
                  printable(after.text)));
}

DiffSides range_sides(Context& context, const RevisionRange& range) {
  DiffSide after = side(context, with_selectors(context, range.to));
  if (range.kind == RangeKind::symmetric) {
    const DiffSide other = side(context, *range.from);
    const std::size_t shared = shared_layer_count(other.image.image(), after.image.image());
    return {lowest(after, shared,
                   fmt::format("{}~{}", after.text, after.image.image().layers().size() - shared)),
            std::move(after)};
  }
  if (range.from) {
    DiffSide before = side(context, *range.from);
    require_ancestor(before, after);
    return {std::move(before), std::move(after)};
  }
  static_cast<void>(operation_of(after.image));
  const BaseMatch base =
      require_base_of(context, *after.image.place, after.image.image(), std::nullopt, after.text);
  DiffSide before = lowest(after, base.layer_count, after.text + "^{base}");
  if (base.image) before.image.resolved.image = *base.image;
  return {std::move(before), std::move(after)};
}

}  // namespace

DiffSides diff_sides(Context& context, const std::string& first,
                     const std::optional<std::string>& second) {
  if (second) return {side(context, first), side(context, *second)};
  const auto range = parse_range(first, context.known_names());
  if (!range) throw Error(ErrorKind::invalid_argument, "missing B");
  return range_sides(context, *range);
}

}  // namespace imgops::cli
