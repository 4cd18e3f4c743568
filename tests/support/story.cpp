#include "tests/support/story.hpp"

#include "tests/support/story_line.hpp"
#include "tests/support/story_member.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace imgops::story {
namespace {

constexpr std::array clients = {"overlay",        "docker",
                                "podman",         "containerd",
                                "umoci",          "docker-vfs",
                                "podman-vfs",     "containerd-native",
                                "oci-image-tool", "go-containerregistry",
                                "gnu-tar",        "bsdtar",
                                "python"};

// Line by line; `block_` is what indented lines belong to.
class Parser {
 public:
  explicit Parser(std::string_view name) { story_.name = name; }

  Story parse(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      try {
        take_line(line, number);
      } catch (const std::exception& error) {
        throw BadStory(fmt::format("{}:{}: {}", story_.name, number, error.what()));
      }
    }
    check_whole();
    return std::move(story_);
  }

 private:
  enum class Block { none, layer, tree, compress };

  void take_line(std::string_view line, std::size_t number) {
    if (number == 1) return take_title(line);
    const std::vector<Word> words = split_words(line);
    if (words.empty() || line.front() == '#' || words.front().text.front() == '#') return;
    if (line.front() == ' ') return take_indented(words);
    take_head(words, line);
  }

  void take_title(std::string_view line) {
    constexpr std::string_view start = "# semantics ";
    const std::size_t colon = line.find(": ");
    if (line.substr(0, start.size()) != start || colon == std::string_view::npos) {
      throw BadStory("the first line is \"# semantics ROW: claim\"");
    }
    story_.row = line.substr(start.size(), colon - start.size());
    story_.claim = line.substr(colon + 2);
  }

  void take_head(const std::vector<Word>& words, std::string_view line) {
    const std::string& head = words.front().text;
    block_ = Block::none;
    if (head == "layer")
      start_layer(words);
    else if (head == "tree")
      start_tree();
    else if (head == "reject")
      story_.rejected = diagnostic(words);
    else if (head == "warns" && words.size() == 2 && words[1].text == "*")
      story_.any_warnings = true;
    else if (head == "warns")
      story_.warnings.push_back(diagnostic(words));
    else if (head == "notes")
      story_.notes.push_back(diagnostic(words));
    else if (head == "compress")
      start_compress(words);
    else if (head == "departs")
      add_departure(line);
    else
      throw BadStory(fmt::format("unknown word {}", head));
  }

  void start_tree() {
    block_ = Block::tree;
    story_.tree.emplace();
  }

  void start_layer(const std::vector<Word>& words) {
    block_ = Block::layer;
    Layer& layer = story_.layers.emplace_back();
    for (std::size_t at = 1; at < words.size(); ++at) {
      const std::string key = words[at].key();
      const std::string value = words[at].value();
      if (key == "compression")
        layer.compression = value;
      else if (key == "declared")
        layer.declared = value;
      else if (key == "pieces")
        layer.pieces = static_cast<std::size_t>(parse_number(value));
      else if (key == "end")
        layer.end_blocks = static_cast<std::size_t>(parse_number(value));
      else
        throw BadStory(fmt::format("unknown attribute {}", key));
    }
  }

  void start_compress(const std::vector<Word>& words) {
    block_ = Block::compress;
    if (words.size() < 2) throw BadStory("compress FIRST..LAST");
    const std::string& range = words[1].text;
    const std::size_t dots = range.find("..");
    if (dots == std::string::npos) throw BadStory("compress FIRST..LAST");
    ExpectedCompress& expected = story_.compressed.emplace_back();
    expected.first = static_cast<std::size_t>(parse_number(range.substr(0, dots)));
    expected.last = static_cast<std::size_t>(parse_number(range.substr(dots + 2)));
    expected.refused = words.size() > 2 && words[2].text == "refused";
  }

  void take_indented(const std::vector<Word>& words) {
    const std::string& word = words.front().text;
    if (block_ == Block::tree) {
      story_.tree->push_back(parse_node(words));
    } else if (block_ == Block::compress) {
      story_.compressed.back().members.push_back(parse_member(words));
    } else if (block_ != Block::layer) {
      throw BadStory("an indented line belongs to layer, tree or compress");
    } else if (word == "archive") {
      story_.layers.back().archive_edits.push_back(edit(words));
    } else if (word == "blob") {
      story_.layers.back().blob_edits.push_back(edit(words));
    } else {
      story_.layers.back().members.push_back(parse_member(words));
    }
  }

  static Edit edit(const std::vector<Word>& words) {
    if (words.size() < 3) throw BadStory("archive|blob WHAT VALUE");
    const std::string& what = words[1].text;
    Edit result;
    if (what == "append" || what == "replace") {
      result.what = what == "append" ? Edit::What::append : Edit::What::replace;
      result.bytes = words[2].text;
    } else if (what == "insert") {
      if (words.size() < 4) throw BadStory("insert OFFSET \"bytes\"");
      result.what = Edit::What::insert;
      result.offset = parse_number(words[2].text);
      result.bytes = words[3].text;
    } else if (what == "cut") {
      result.what = Edit::What::cut;
      result.count = static_cast<std::uint64_t>(parse_number(words[2].text));
    } else if (what == "flip") {
      result.what = Edit::What::flip;
      result.offset = parse_number(words[2].text);
    } else {
      throw BadStory(fmt::format("unknown edit {}", what));
    }
    return result;
  }

  // CODE ROW [PATH] [layer=N]; a quoted path is taken as it is, another begins with a slash.
  static ExpectedDiagnostic diagnostic(const std::vector<Word>& words) {
    if (words.size() < 3) throw BadStory("a diagnostic wants CODE and ROW");
    ExpectedDiagnostic result;
    result.code = words[1].text;
    result.row = words[2].text;
    for (std::size_t at = 3; at < words.size(); ++at) {
      const Word& word = words[at];
      if (word.is_assignment() && word.key() == "layer") {
        result.layer = static_cast<std::size_t>(parse_number(word.value()));
      } else if (word.quoted) {
        result.path = word.text;
      } else if (word.text.front() == '/') {
        result.path = word.text.substr(1);
      } else {
        throw BadStory(fmt::format("stray word {}", word.text));
      }
    }
    return result;
  }

  void add_departure(std::string_view line) {
    line.remove_prefix(std::string_view("departs ").size());
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) throw BadStory("departs CLIENT: reason");
    const std::string client(line.substr(0, colon));
    if (std::find(clients.begin(), clients.end(), client) == clients.end()) {
      throw BadStory(fmt::format("unknown client {}", client));
    }
    story_.departures.push_back({client, std::string(line.substr(colon + 2))});
  }

  void check_whole() const {
    if (story_.layers.empty()) throw BadStory(story_.name + ": no layer");
    if (story_.tree.has_value() == story_.rejected.has_value()) {
      throw BadStory(story_.name + ": wants either a tree or a reject");
    }
    for (const ExpectedCompress& expected : story_.compressed) {
      if (expected.first >= expected.last || expected.last > story_.layers.size()) {
        throw BadStory(story_.name + ": compress names layers that are not there");
      }
    }
  }

  Story story_;
  Block block_ = Block::none;
};

}  // namespace

Story parse(std::string_view text, std::string_view name) {
  return Parser(name).parse(text);
}

std::vector<Story> load_all(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".story") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) throw BadStory("no story in " + directory.string());
  std::vector<Story> stories;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    stories.push_back(parse(text, file.stem().string()));
  }
  return stories;
}

std::string to_text(const std::vector<Layer>& layers) {
  std::string text;
  for (const Layer& layer : layers) {
    text += "layer\n";
    for (const Member& member : layer.members) text += "  " + member_text(member) + "\n";
  }
  return text;
}

}  // namespace imgops::story
