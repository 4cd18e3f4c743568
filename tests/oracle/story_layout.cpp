// `story_layout STORY DIRECTORY`: one story as real parts take it. DIRECTORY gets
//   l0.tar l1.tar …  the uncompressed archives, the lowest layer first
//   oci/             an OCI layout with the layers as stored and the ref `latest`
//   expected         the view, as case_files.hpp says
//   warned           a line "warning CODE ROW" for each warning, or "rejected CODE ROW"
//
// The view is the library's, which tells every attribute; it is first held against the story, which
// may leave some out, and a difference is an error.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "tests/oracle/case_files.hpp"
#include "tests/semantics/library_stack.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace imgops::test {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Blobs and documents of a layout with one image.
class LayoutWriter {
 public:
  explicit LayoutWriter(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_ / "blobs/sha256");
  }

  void write(const std::vector<story::BuiltLayer>& layers) {
    std::string descriptors;
    std::string diff_ids;
    for (const story::BuiltLayer& layer : layers) {
      const char* const comma = descriptors.empty() ? "" : ",";
      descriptors += comma + add(layer_type(layer.declared), layer.blob);
      diff_ids += fmt::format("{}\"{}\"", comma, digest_of(as_bytes(layer.archive)).to_string());
    }
    const std::string config = add(
        "application/vnd.oci.image.config.v1+json",
        fmt::format(
            R"({{"architecture":"amd64","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
            diff_ids));
    const std::string manifest_type = "application/vnd.oci.image.manifest.v1+json";
    std::string image =
        add(manifest_type,
            fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})",
                        manifest_type, config, descriptors));
    image.insert(image.size() - 1,
                 R"(,"annotations":{"org.opencontainers.image.ref.name":"latest"})");
    write_file(directory_ / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    write_file(directory_ / "index.json",
               fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})", image));
  }

 private:
  static std::string layer_type(const std::string& compression) {
    const std::string type = "application/vnd.oci.image.layer.v1.tar";
    return compression.empty() || compression == "none" ? type : type + "+" + compression;
  }

  // Gives the descriptor.
  std::string add(const std::string& type, const std::string& bytes) {
    const Digest digest = digest_of(as_bytes(bytes));
    write_file(directory_ / "blobs/sha256" / digest.hexadecimal(), bytes);
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", type, digest.to_string(),
                       bytes.size());
  }

  std::filesystem::path directory_;
};

struct Views {
  std::string expected;
  std::string warned;
};

Views view_of(const story::Story& story, const std::vector<story::BuiltLayer>& layers) {
  LibraryStack stack(layers);
  Collector collector;
  Views views;
  try {
    const PlainTree tree = stack.plain(stack.apply(Tree(), 0, stack.size(), collector));
    if (!story.tree) throw std::runtime_error("the story rejects what the library accepts");
    const std::vector<std::string> faults = differences(*story.tree, tree);
    if (!faults.empty()) throw std::runtime_error(join_lines(faults));
    views.expected = listing_of(tree);
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr || story.tree) throw;
    views.warned +=
        fmt::format("rejected {} {}\n", name(error.diagnostic()->code), error.diagnostic()->row);
  }
  for (const Diagnostic& diagnostic : collector.diagnostics()) {
    if (diagnostic.level == DiagnosticLevel::warning)
      views.warned += fmt::format("warning {} {}\n", name(diagnostic.code), diagnostic.row);
  }
  return views;
}

void run(const std::filesystem::path& file, const std::filesystem::path& directory) {
  const story::Story story = story::parse(read_file(file), file.stem().string());
  const std::vector<story::BuiltLayer> layers = story::build(story.layers);
  const Views views = view_of(story, layers);
  std::filesystem::create_directories(directory);
  for (std::size_t at = 0; at < layers.size(); ++at)
    write_layer_file(directory, at, layers[at].archive);
  LayoutWriter(directory / "oci").write(layers);
  write_file(directory / "expected", views.expected);
  write_file(directory / "warned", views.warned);
}

}  // namespace
}  // namespace imgops::test

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: story_layout STORY DIRECTORY\n";
    return 2;
  }
  try {
    imgops::test::run(words[1], words[2]);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << words[1] << ": " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
