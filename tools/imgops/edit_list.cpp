#include "tools/imgops/edit_list.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/transfer/spool.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/editor.hpp"

#include <fmt/format.h>

#include <iostream>

#include <unistd.h>

namespace imgops::cli {
namespace {

constexpr std::uint64_t longest_list_bytes = 64 << 20;
constexpr std::string_view edited_name = "todo";

std::string base_name(const EditablePlatform& platform) {
  if (!platform.base || platform.base->layer_count == 0) return "scratch";
  const BaseMatch& base = *platform.base;
  return base.names.empty() ? "its base" : printable(base.names.front());
}

std::string title_of(const Context& context, const RewriteTarget& target,
                     std::span<const EditablePlatform> platforms) {
  std::string title =
      fmt::format("# {} above {}", printable(target.revision.text), base_name(platforms.front()));
  if (platforms.size() > 1) {
    title += fmt::format(", {} platforms: layers are named as in {}", platforms.size(),
                         platforms.front().image.platform().to_string());
  }
  return fmt::format(
      "{} {} lines run from top to bottom; nothing is written before the list is "
      "accepted\n",
      title, sign(context, "—", "-"));
}

void put_sizes(const Context& context, const Image& image, std::size_t first,
               std::vector<TodoLine>& lines) {
  for (std::size_t at = 0; at < lines.size(); ++at) {
    lines[at].size = shown_size(context, image.layers()[first + at].descriptor.size_bytes());
    // --human no shows plain numbers.
    if (!lines[at].size.ends_with('B')) lines[at].size += 'B';
  }
}

std::optional<EditPlan> read_list(const EditablePlatform& platform, std::string_view text,
                                  std::string_view file) {
  const std::vector<TodoLine> lines = parse_todo(text, file);
  return read_plan(platform.image, platform.first(), lines, file);
}

// Whether the user, at a terminal, wants to mend the list.
bool wants_again(Context& context, const Error& error) {
  if (isatty(STDIN_FILENO) != 1 || !context.environment().error_is_terminal) return false;
  std::cerr << fmt::format("imgops: edit: {}\nedit the list again? [Y/n] ", printable(error.what()))
            << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer.empty() || answer.front() == 'y' || answer.front() == 'Y';
}

std::optional<EditPlan> ask_in_editor(Context& context, const EditablePlatform& platform,
                                      std::string text) {
  for (;;) {
    text = edit_text(context, edited_name, text);
    try {
      return read_list(platform, text, edited_name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::invalid_argument || !wants_again(context, error)) throw;
    }
  }
}

void require_one_list(const RewriteTarget& target, std::span<const EditablePlatform> platforms) {
  const auto count_of = [](const EditablePlatform& platform) {
    return platform.image.layers().size() - platform.first();
  };
  for (const EditablePlatform& platform : platforms) {
    if (count_of(platform) == count_of(platforms.front())) continue;
    throw Error(
        ErrorKind::conflict,
        fmt::format("{}: {} has {} layers above the base and {} has {}: no list serves both",
                    printable(target.revision.text), platforms.front().image.platform().to_string(),
                    count_of(platforms.front()), platform.image.platform().to_string(),
                    count_of(platform)),
        "--platform edits one of them");
  }
}

}  // namespace

std::vector<EditablePlatform> editable_platforms(Context& context, const RewriteTarget& target,
                                                 const std::optional<std::string>& given_base,
                                                 bool onto_scratch) {
  std::vector<EditablePlatform> platforms;
  for (const PlatformImage& whole : target.platforms) {
    const ResolvedImage resolved = resolve_beside(target, whole);
    tell_omitted(context, resolved, target.revision.text);
    std::optional<BaseMatch> base;
    if (!onto_scratch) {
      base =
          require_base_of(context, *target.place, resolved.image, given_base, target.revision.text);
    }
    platforms.push_back({whole, resolved.image, std::move(base)});
  }
  return platforms;
}

std::string todo_text(const Context& context, const RewriteTarget& target,
                      std::span<const EditablePlatform> platforms) {
  const EditablePlatform& lead = platforms.front();
  std::string text = title_of(context, target, platforms);
  const std::vector<TodoLine> all = todo_of(lead.image, 0);
  for (std::size_t layer = 0; layer < lead.first(); ++layer) {
    text += fmt::format("# base {:<12}  {}\n", all[layer].layer, printable(all[layer].text));
  }
  std::vector<TodoLine> lines = todo_of(lead.image, lead.first());
  put_sizes(context, lead.image, lead.first(), lines);
  const std::string_view dot = sign(context, "·", "-");
  return text + print_todo(lines) +
         fmt::format(
             "# p pick {0} s squash into the line above {0} d drop {0} r reword (text after "
             "the size is the new instruction)\n"
             "# t tag NAME here {0} move lines to reorder {0} a layer left out is an error: "
             "write drop {0} empty file: do nothing\n"
             "# in a text \\\\ is a backslash and \\xNN a byte\n",
             dot);
}

std::optional<EditPlan> ask_for_plan(Context& context, const RewriteTarget& target,
                                     std::span<const EditablePlatform> platforms,
                                     const std::optional<std::string>& todo_file) {
  require_one_list(target, platforms);
  const EditablePlatform& lead = platforms.front();
  if (!todo_file) return ask_in_editor(context, lead, todo_text(context, target, platforms));
  const auto file =
      open_input(*todo_file, context.globals().spool_directory, context.observer(), context.stop());
  const std::string shown = *todo_file == "-" ? "standard input" : *todo_file;
  return read_list(lead, read_all(*file, longest_list_bytes, printable(shown)), shown);
}

}  // namespace imgops::cli
