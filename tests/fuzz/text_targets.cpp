#include "libimgops/base/bytes.hpp"
#include "libimgops/base/digest.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/base/timestamp.hpp"
#include "libimgops/dockerfile/instruction_text.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/ops/todo_list.hpp"
#include "libimgops/repository/revision.hpp"
#include "libimgops/transfer/docker_manifest.hpp"
#include "tests/fuzz/targets.hpp"

namespace imgops::fuzz {
namespace {

template <class Read>
void refuses_only_documents(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported,
            "documents are corrupt, unsupported or sound");
  }
}

template <class Read>
void refuses_only_words(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::invalid_argument, "words are invalid or sound");
  }
}

void check_index(std::string_view bytes) {
  const Index index = Index::parse(std::string(bytes), "index");
  require(index.text() == bytes, "an index keeps its bytes");
  require(index.with_manifests(index.manifests()).text() == bytes, "no edit, no change");
  const Index shorter = index.with_manifests({});
  require(Index::parse(shorter.text(), "again").manifests().empty(), "an edited index is read");
}

// An image of two documents with a line break of its own between them.
void check_image(std::string_view bytes) {
  const std::size_t at = bytes.find("\n\n");
  if (at == std::string_view::npos) return;
  const std::string configuration(bytes.substr(at + 2));
  std::string manifest(bytes.substr(0, at));
  // The configuration is verified first; so that more than its digest is tried, it is put right.
  Json json = parse_json(manifest, "manifest");
  if (json.is_object() && json.contains("config") && json["config"].is_object()) {
    json["config"]["digest"] = digest_of(as_bytes(configuration)).to_string();
    json["config"]["size"] = configuration.size();
    manifest = print_json(json);
  }
  const Image image = Image::parse(manifest, configuration, "image");
  const Image again =
      Image::parse(image.manifest_text(), image.configuration_text(), "image again");
  require(again.descriptor() == image.descriptor(), "an image is its documents");
  pair_history(image.history(), image.layers().size());
}

void check_docker_manifest(std::string_view bytes) {
  const auto entries = parse_docker_manifest(bytes);
  const std::string text = print_docker_manifest(entries);
  require(print_docker_manifest(parse_docker_manifest(text)) == text, "manifest.json comes back");
}

}  // namespace

void json(std::string_view bytes) {
  refuses_only_documents([&] {
    const Json value = parse_json(bytes, "json");
    const std::string text = print_json(value);
    require(parse_json(text, "again") == value, "what is printed is read");
    require(parse_json(printable_json(text), "shown") == value, "what is shown says the same");
  });
}

void documents(std::string_view bytes) {
  refuses_only_documents([&] { check_index(bytes); });
  refuses_only_documents([&] { check_image(bytes); });
  refuses_only_documents([&] { check_docker_manifest(bytes); });
}

void revision(std::string_view bytes) {
  const std::vector<std::string> known{"app:1", "a..b"};
  refuses_only_words(
      [&] { require(parse_revision(bytes, known).text == bytes, "a revision keeps its word"); });
  refuses_only_words([&] { parse_range(bytes, known); });
  refuses_only_words([&] { parse_file_reference(bytes, known); });
  refuses_only_words([&] {
    const Platform platform = Platform::parse(bytes);
    require(Platform::parse(platform.to_string()) == platform, "a platform comes back");
  });
}

void reference(std::string_view bytes) {
  is_reference_name(bytes);
  if (const auto name = docker_reference(bytes)) {
    require(docker_reference(*name) == *name, "a name for docker stays");
  }
  if (const auto name = full_reference(bytes)) {
    require(full_reference(*name) == *name, "a full name stays");
  }
  if (const auto time = parse_rfc3339(bytes)) {
    const std::string text = to_rfc3339(*time);
    require(parse_rfc3339(text) == time, "a time comes back");
  }
  const std::size_t half = bytes.size() / 2;
  matches_glob(bytes.substr(0, half), bytes.substr(half));
  if (const auto digest = Digest::try_parse(bytes)) {
    require(digest->to_string() == bytes, "a digest has one spelling");
  }
}

void instruction(std::string_view bytes) {
  const InstructionText text = parse_instruction_text(bytes);
  if (!text.keyword.empty()) {
    require(text.to_string().find('\n') == std::string::npos, "an instruction is one line");
  }
}

void todo(std::string_view bytes) {
  // As an instruction it stays one line that says the same.
  const TodoLine told{TodoCommand::reword, "7536ea27f182", "1B", std::string(bytes), 1};
  if (!bytes.empty()) {
    const std::vector<TodoLine> again = parse_todo(print_todo_line(told), "again");
    require(again.size() == 1 && again.front().text == bytes, "an instruction comes back");
  }
  refuses_only_words([&] {
    const std::vector<TodoLine> lines = parse_todo(bytes, "list");
    const std::vector<TodoLine> again = parse_todo(print_todo(lines), "again");
    require(again.size() == lines.size(), "a list keeps its lines");
    for (std::size_t at = 0; at < lines.size(); ++at) {
      require(again[at].command == lines[at].command && again[at].layer == lines[at].layer &&
                  again[at].text == lines[at].text,
              "a line comes back");
    }
  });
}

}  // namespace imgops::fuzz
