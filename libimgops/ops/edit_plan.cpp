#include "libimgops/ops/edit_plan.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/lineage/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace imgops {
namespace {

constexpr std::size_t shortest_prefix = 4;

std::string from_top(std::size_t layer, std::size_t layer_count) {
  return fmt::format("~{}", layer_count - 1 - layer);
}

bool begins_so(const Digest& digest, std::string_view prefix) {
  if (prefix.find(':') != std::string_view::npos) return digest.to_string().starts_with(prefix);
  return digest.hexadecimal().starts_with(prefix);
}

std::vector<std::size_t> layers_named(const Image& image, std::string_view prefix) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < image.layers().size(); ++at) {
    const ImageLayer& layer = image.layers()[at];
    if (begins_so(layer.descriptor.digest(), prefix) || begins_so(layer.diff_id.digest, prefix)) {
      found.push_back(at);
    }
  }
  return found;
}

// What each layer's step says, as screens show it.
std::vector<std::string> instructions_of(const Image& image) {
  std::vector<std::string> texts(image.layers().size());
  for (const Step& step : steps_of(image)) {
    if (step.layer) texts[*step.layer] = step.instruction.to_string();
  }
  return texts;
}

class PlanReader {
 public:
  PlanReader(const Image& image, std::size_t first, std::string_view file)
      : image_(image), first_(first), file_(file), instructions_(instructions_of(image)) {}

  void read(const TodoLine& line) {
    if (line.command == TodoCommand::tag) return read_tag(line);
    LayerEdit edit;
    const std::size_t layer = find_layer(line);
    if (!seen_.insert(layer).second) {
      fail(line, fmt::format("{} is named a second time", printable(line.layer)));
    }
    edit.layer = layer - first_;
    if (line.command == TodoCommand::drop) edit.fate = LayerFate::drop;
    if (line.command == TodoCommand::squash) edit.fate = LayerFate::squash;
    if (line.command == TodoCommand::reword) edit.instruction = new_instruction(line, layer);
    if (edit.fate == LayerFate::squash && !can_squash_) {
      fail(line, is_tagged_ ? "squash into the line above the tag: the tag would name half of it"
                            : "squash without a line above to squash into");
    }
    if (edit.fate == LayerFate::keep) {
      can_squash_ = true;
      is_tagged_ = false;
    }
    plan_.edits.push_back(std::move(edit));
  }

  EditPlan finish() {
    for (std::size_t layer = first_; layer < image_.layers().size(); ++layer) {
      if (seen_.count(layer) != 0) continue;
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("{}: layer {} ({}) is left out", printable(file_),
                              from_top(layer, image_.layers().size()),
                              image_.layers()[layer].descriptor.digest().short_text()),
                  "a layer that is to go has a line: drop");
    }
    return std::move(plan_);
  }

 private:
  [[noreturn]] void fail(const TodoLine& line, const std::string& what,
                         const std::string& hint = {}) const {
    throw Error(ErrorKind::invalid_argument, fmt::format("{}: {}", place_of(line, file_), what),
                hint);
  }

  void read_tag(const TodoLine& line) {
    if (!is_reference_name(line.text)) {
      fail(line, fmt::format("'{}' is no name for an image", printable(line.text)),
           "letters and digits, joined by one of - . _ : @ + /");
    }
    const bool is_known =
        std::ranges::find(plan_.tags, line.text, &TagPoint::name) != plan_.tags.end();
    if (is_known) fail(line, fmt::format("{} is given a second time", printable(line.text)));
    plan_.tags.push_back({line.text, plan_.edits.size()});
    is_tagged_ = true;
    can_squash_ = false;
  }

  std::optional<std::string> new_instruction(const TodoLine& line, std::size_t layer) const {
    if (line.text == instructions_[layer]) return std::nullopt;
    if (!is_utf8(line.text)) fail(line, "the new instruction is not UTF-8");
    return line.text;
  }

  std::size_t find_layer(const TodoLine& line) const {
    const std::size_t layer = line.layer.starts_with('~') ? layer_from_top(line) : by_digest(line);
    if (layer >= first_) return layer;
    fail(line, fmt::format("{} is a layer of the base", printable(line.layer)),
         "--onto-scratch makes the layers of the base editable");
  }

  std::size_t layer_from_top(const TodoLine& line) const {
    const std::size_t count = image_.layers().size();
    std::size_t number = 0;
    const char* const end = line.layer.data() + line.layer.size();
    const auto [stop, error] = std::from_chars(line.layer.data() + 1, end, number);
    if (error != std::errc() || stop != end) {
      fail(line, fmt::format("'{}' is not ~N", printable(line.layer)));
    }
    if (number < count) return count - 1 - number;
    fail(line, fmt::format("{}: there are {} layers", printable(line.layer), count));
  }

  std::size_t by_digest(const TodoLine& line) const {
    const std::string shown = printable(line.layer);
    if (line.layer.size() < shortest_prefix) {
      fail(line, fmt::format("'{}': a layer is named by four digits at least, or ~N", shown));
    }
    const std::vector<std::size_t> found = layers_named(image_, line.layer);
    if (found.empty()) fail(line, fmt::format("no layer begins with '{}'", shown));
    if (found.size() == 1) return found.front();
    std::vector<std::string> names;
    for (const std::size_t layer : found) names.push_back(from_top(layer, image_.layers().size()));
    fail(line, fmt::format("{} layers begin with '{}'", found.size(), shown),
         fmt::format("write {}", fmt::join(names, " or ")));
  }

  const Image& image_;
  std::size_t first_;
  std::string_view file_;
  std::vector<std::string> instructions_;
  std::set<std::size_t> seen_;
  bool can_squash_ = false;
  bool is_tagged_ = false;
  EditPlan plan_;
};

}  // namespace

std::vector<TodoLine> todo_of(const Image& image, std::size_t first) {
  const std::vector<std::string> instructions = instructions_of(image);
  std::vector<TodoLine> lines;
  for (std::size_t layer = first; layer < image.layers().size(); ++layer) {
    TodoLine& line = lines.emplace_back();
    line.layer = image.layers()[layer].descriptor.digest().short_text();
    if (layers_named(image, line.layer).size() > 1) {
      line.layer = from_top(layer, image.layers().size());
    }
    line.text = instructions[layer];
    line.number = lines.size();
  }
  return lines;
}

std::optional<EditPlan> read_plan(const Image& image, std::size_t first,
                                  std::span<const TodoLine> lines, std::string_view file) {
  if (lines.empty()) return std::nullopt;
  PlanReader reader(image, first, file);
  for (const TodoLine& line : lines) reader.read(line);
  return reader.finish();
}

EditPlan plan_without(std::span<const std::size_t> dropped, std::size_t first,
                      std::size_t layer_count) {
  EditPlan plan;
  for (std::size_t layer = first; layer < layer_count; ++layer) {
    LayerEdit edit;
    edit.layer = layer - first;
    if (std::ranges::find(dropped, layer) != dropped.end()) edit.fate = LayerFate::drop;
    plan.edits.push_back(edit);
  }
  return plan;
}

}  // namespace imgops
