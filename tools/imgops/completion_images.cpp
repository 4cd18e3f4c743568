// A word grows from left to right, so what its last part is decides: a path when there is ":/", a
// selector after "^", a number after "~" or "#", otherwise a name. What stands before that part is
// an image by itself, resolved as every command would.
#include "tools/imgops/completion_images.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/lineage/steps.hpp"
#include "libimgops/tree/resolve.hpp"
#include "tools/imgops/context.hpp"
#include "tools/imgops/history_screen.hpp"
#include "tools/imgops/leftovers.hpp"
#include "tools/imgops/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <thread>

namespace imgops::cli {
namespace {

constexpr auto transports = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"oci:", "an image layout"},
     {"oci-archive:", "an archive of a layout"},
     {"docker-archive:", "an archive of docker save"}});

GlobalOptions quiet_globals(const Position& position, const Environment& environment) {
  GlobalOptions globals;
  globals.layout = position.layout ? position.layout : environment.layout;
  globals.is_quiet = true;
  globals.is_silent = true;
  globals.jobs = std::max(1U, std::thread::hardware_concurrency());
  globals.spool_directory = environment.temporary_directory;
  return globals;
}

class ImageWords {
 public:
  ImageWords(Completion& completion, const Position& position, const Environment& environment)
      : completion_(completion),
        position_(position),
        context_(environment, quiet_globals(position, environment), "", {}, leftovers_) {}

  void run() {
    const std::string& word = position_.word;
    const std::size_t closed = word.rfind('}') + 1;  // 0 when there is none
    const std::size_t range = word.rfind("..");
    if (range != std::string::npos && range >= closed) {
      before_ = word.substr(0, range + 2);
    }
    complete(word.substr(before_.size()));
  }

 private:
  void complete(const std::string& word) {
    if (const std::size_t path = path_in(word); path != std::string::npos) {
      return add_paths(word.substr(0, path), word.substr(path + 1));
    }
    const std::size_t suffix = word.find_last_of("~#^");
    const std::size_t closed = word.rfind('}');
    const bool is_open = suffix != std::string::npos && suffix > 0 &&
                         (closed == std::string::npos || closed < suffix);
    if (!is_open) return add_names(word);
    const std::string image = word.substr(0, suffix);
    if (word[suffix] == '~') return add_layers_back(image, word);
    if (word[suffix] == '#') return add_steps(image, word);
    add_selectors(image, word);
  }

  // Where the ":" of ":/" is, but not that of "oci:/absolute".
  static std::size_t path_in(const std::string& word) {
    std::size_t from = 0;
    for (const auto& [transport, meaning] : transports) {
      if (word.starts_with(transport)) from = transport.size();
    }
    return word.find(":/", from);
  }

  void add(const std::string& word, const std::string& candidate, std::string_view description) {
    if (!candidate.starts_with(word) || printable(candidate) != candidate) return;
    completion_.candidates.push_back(
        {position_.kept + before_ + candidate, printable(description)});
    completion_.directives |= directive_no_files;
  }

  // ---- names -----------------------------------------------------------------------------------

  void add_names(const std::string& word) {
    if (word.starts_with("@") || word.starts_with("sha256:")) return add_digests(word);
    for (const auto& [transport, meaning] : transports) {
      if (word.starts_with(transport)) return add_place(word, std::string(transport));
    }
    for (const std::string& name : context_.known_names()) add(word, name, "");
    if (!word.empty() && !completion_.candidates.empty()) return;
    for (const auto& [transport, meaning] : transports) {
      add(word, std::string(transport), meaning);
    }
    if (completion_.candidates.size() == 1) completion_.directives |= directive_no_space;
    add(word, "scratch", "the empty image");
  }

  // oci:PATH, then its refs; archives are files.
  void add_place(const std::string& word, const std::string& transport) {
    const std::string rest = word.substr(transport.size());
    const std::size_t colon = rest.find(':');
    if (colon == std::string::npos) return add_files(word, transport, rest);
    const std::string place = transport + rest.substr(0, colon + 1);
    const Revision revision = parse_image(context_, transport + rest.substr(0, colon));
    for (const NamedDescriptor& named : context_.place(revision).names()) {
      add(word, place + named.name, "");
    }
  }

  void add_files(const std::string& word, const std::string& transport, const std::string& rest) {
    const std::string directory = rest.substr(0, rest.rfind('/') + 1);
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(
             directory.empty() ? std::filesystem::path(".") : std::filesystem::path(directory))) {
      const std::string name = directory + entry.path().filename().string();
      const bool is_directory = entry.is_directory();
      if (is_directory) names.insert(name + "/");
      if (transport == "oci:" ? exists(entry.path() / "oci-layout") : !is_directory) {
        names.insert(name + ":");
      }
    }
    for (const std::string& name : names) add(word, transport + name, "");
    completion_.directives |= directive_no_space | directive_no_files;
  }

  void add_digests(const std::string& word) {
    const std::string start = word.starts_with("@") ? "@" : "sha256:";
    std::set<std::string> known;
    const auto add_digest = [&](const Digest& digest, const std::string& what) {
      const std::string& hexadecimal = digest.hexadecimal();
      const std::string shown = start == "@" ? hexadecimal.substr(0, 12) : hexadecimal;
      if (known.insert(shown).second) add(word, start + shown, what);
    };
    Place& place = context_.selected_layout();
    std::set<Digest> roots;
    for (const NamedDescriptor& named : place.names()) {
      add_digest(named.descriptor.digest(), named.name);
      if (!roots.insert(named.descriptor.digest()).second) continue;
      for (const auto& [position, descriptor, image] :
           load_platforms(place.blobs(), named.descriptor, named.name)) {
        add_digest(descriptor.digest(), named.name + " manifest");
        add_digest(image.configuration_descriptor().digest(), named.name + " configuration");
        for (const ImageLayer& layer : image.layers()) {
          add_digest(layer.descriptor.digest(), named.name + " layer");
        }
      }
    }
  }

  // ---- suffixes --------------------------------------------------------------------------------

  static std::string text_of_layer(const std::vector<Step>& steps, std::size_t layer) {
    const auto found = std::ranges::find(steps, std::optional(layer), &Step::layer);
    return found == steps.end() ? std::string() : step_text(*found);
  }

  // ~N, with the instruction of the layer it ends with.
  void add_layers_back(const std::string& image, const std::string& word) {
    const SelectedImage selected = select_image(context_, image);
    const std::vector<Step> steps = steps_of(selected.image());
    const std::size_t count = selected.image().layers().size();
    for (std::size_t back = 0; back < count; ++back) {
      add(word, fmt::format("{}~{}", image, back), text_of_layer(steps, count - 1 - back));
    }
    completion_.directives |= directive_keep_order;
  }

  void add_steps(const std::string& image, const std::string& word) {
    const SelectedImage selected = select_image(context_, image);
    for (const Step& step : steps_of(selected.image())) {
      add(word, fmt::format("{}#{}", image, step.number), step_text(step));
    }
    completion_.directives |= directive_keep_order;
  }

  void add_selectors(const std::string& image, const std::string& word) {
    const std::string layer = image + "^{layer:";
    if (!word.starts_with(layer)) {
      add(word, image + "^{base}", "the image it was built from");
      add(word, image + "^{/", "the youngest step that matches a regular expression, then }");
      add(word, layer, "a layer by the beginning of its digest, then }");
      const bool is_open = std::ranges::any_of(
          completion_.candidates, [](const Candidate& one) { return one.word.back() != '}'; });
      if (is_open) completion_.directives |= directive_no_space;
      return;
    }
    const SelectedImage selected = select_image(context_, image);
    const std::vector<Step> steps = steps_of(selected.image());
    const auto layers = selected.image().layers();
    for (std::size_t at = layers.size(); at-- > 0;) {
      add(word, layer + layers[at].descriptor.digest().short_text() + "}",
          text_of_layer(steps, at));
    }
    completion_.directives |= directive_keep_order;
  }

  // ---- paths -----------------------------------------------------------------------------------

  void add_paths(const std::string& image, const std::string& path) {
    completion_.directives |= directive_no_files;
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    const Tree tree = view_of(select_image(context_, image));
    const Node* const parent = resolve(tree, directory, LastComponent::follow);
    if (parent == nullptr) return;
    const std::string word = image + ":" + path;
    bool has_directory = false;
    for (const Node& node : tree.subtree(parent->path())) {
      if (node.path().empty() || node.path() == parent->path()) continue;
      if (parent_path(node.path()) != parent->path()) continue;
      const bool is_directory = node.inode()->type() == FileType::directory;
      const std::string candidate =
          image + ":" + directory + std::string(file_name(node.path())) + (is_directory ? "/" : "");
      has_directory = has_directory || (is_directory && candidate.starts_with(word));
      add(word, candidate, "");
    }
    if (has_directory) completion_.directives |= directive_no_space;
  }

  Completion& completion_;
  const Position& position_;
  Leftovers leftovers_;
  Context context_;
  std::string before_;  // "A.." in front of the part looked at
};

}  // namespace

void add_images(Completion& completion, const Position& position) {
  try {
    ImageWords(completion, position, read_environment()).run();
  } catch (const Error&) {
    completion.directives |= directive_no_files;
  } catch (const std::filesystem::filesystem_error&) {
    completion.directives |= directive_no_files;
  }
}

}  // namespace imgops::cli
