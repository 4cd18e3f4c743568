#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/codec/reference_frame.hpp"
#include "libimgops/transfer/bundle.hpp"
#include "libimgops/transfer/delta_plan.hpp"
#include "tests/fuzz/package_seeds.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/made_package.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/story_archive.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace imgops::fuzz {
namespace {

namespace fs = std::filesystem;
using testing::RawTar;

const fs::path fixtures = IMGOPS_FIXTURES;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// The layers of all stories; the largest would only make changes miss what matters.
std::vector<std::string> story_archives() {
  constexpr std::size_t most_bytes = std::size_t{64} * 1024;
  std::vector<std::string> archives;
  for (const story::Story& story : story::load_all(fixtures / "stories")) {
    for (const story::BuiltLayer& layer : story::build(story.layers)) {
      if (layer.archive.size() <= most_bytes) archives.push_back(layer.archive);
    }
  }
  return archives;
}

std::vector<std::string> story_blobs(std::string_view first_bytes) {
  std::vector<std::string> blobs;
  for (const story::Story& story : story::load_all(fixtures / "stories")) {
    for (const story::BuiltLayer& layer : story::build(story.layers)) {
      if (layer.blob.starts_with(first_bytes)) blobs.push_back(layer.blob);
    }
  }
  return blobs;
}

std::string compressed(std::string_view text, Compression compression, int level) {
  Workers workers(1);
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, {compression, level});
  encoder->write(as_bytes(text));
  encoder->finish();
  return sink.take();
}

// Words, repetitions and bytes that do not compress, so that every kind of block occurs.
std::string mixture() {
  std::string text;
  std::uint32_t state = 1;
  for (std::size_t line = 0; line < 400; ++line) {
    text += "line " + std::to_string(line) + std::string(line % 40, 'x');
    for (std::size_t i = 0; i < line % 30; ++i) {
      state = state * 1664525U + 1013904223U;
      text += static_cast<char>(state >> 24U);
    }
  }
  return text;
}

std::vector<std::string> document_texts() {
  std::vector<std::string> texts;
  for (const auto& entry : fs::directory_iterator(fixtures / "documents")) {
    texts.push_back(text_of(entry.path()));
  }
  std::sort(texts.begin(), texts.end());  // directories have no order
  return texts;
}

constexpr std::string_view docker_manifest =
    R"([{"Config":"c.json","RepoTags":["app:1"],"Layers":["l.tar","l.tar"]}])";
constexpr std::string_view docker_configuration =
    R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":)"
    R"(["sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",)"
    R"("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"]}})";

std::vector<std::string> image_archives() {
  RawTar docker;
  docker.file("c.json", docker_configuration)
      .file("real.tar", std::string(1024, '\0'))
      .symlink("l.tar", "real.tar")
      .file("manifest.json", docker_manifest);
  RawTar layout;
  layout.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})")
      .file("index.json", text_of(fixtures / "documents" / "several.index.json"))
      .directory("blobs/sha256");
  return {docker.end(), layout.end()};
}

std::vector<std::string> packages() {
  testing::MadeDeb deb{{{"control", testing::control_document("a", "1")},
                        {"md5sums", "1cb251ec0d568de6a929b520c4aed8d1  usr/a\n"}},
                       RawTar().directory("usr").file("usr/a", "text").end()};
  const std::string information = "pkgname = a\npkgver = 1\ndatahash = 0\n";
  return {deb.bytes(),
          compressed(RawTar().file(".PKGINFO", information).bytes(), Compression::gzip, 6) +
              compressed(deb.data, Compression::gzip, 6)};
}

DeltaPlan small_plan() {
  DeltaPlan plan;
  plan.steps = {{DeltaSpan{0, 2, 20}, 0}, {std::nullopt, 40}, {DeltaSpan{1, 0, 4}, 0}};
  plan.frames = {{{{0, 0, 32}, {1, 1, 2}}, 30, 0}, {{}, 10, 0}};
  return plan;
}

std::vector<std::string> deltas() {
  DeltaPlan plan = small_plan();
  const std::string reference = "0123456789abcdef0123456789abcdefor";
  const std::string first =
      encode_referring(as_bytes(mixture().substr(0, 30)), as_bytes(reference));
  const std::string second = encode_referring(as_bytes(mixture().substr(30, 10)), {});
  plan.frames[0].stored_bytes = first.size();
  plan.frames[1].stored_bytes = second.size();
  return {encode_plan(plan), first + second + encode_plan_end(plan)};
}

std::vector<std::string> bundles() {
  const Digest digest = digest_of({});
  BundleIndex index;
  const std::string none = encode_plan_end({});
  index.images.push_back({"app:1", digest, {digest}, Descriptor("text/x", digest, 5)});
  index.prerequisites.push_back({Descriptor("text/y", digest, 7), DiffId{digest}});
  BundleBlob blob{digest, 5};
  blob.diff_id = DiffId{digest};
  blob.archive_bytes = 1;
  blob.form = BlobForm::archive_delta;
  blob.sources = {0};
  index.blobs.push_back(blob);
  index.parts = {{none.size(), digest_of(as_bytes(none))},
                 {none.size(), digest_of(as_bytes(none))}};
  BundleIndex empty;
  empty.parts = {{none.size(), digest_of(as_bytes(none))}};
  const std::string seal(32, 's');
  return {print_bundle_index(index), encode_bundle_head(index) + none + none + seal,
          encode_bundle_head(empty) + none + seal};
}

std::vector<std::string> pax_records() {
  using testing::pax_record;
  return {pax_record("path", "a/b") + pax_record("size", "12") + pax_record("mtime", "1.5"),
          pax_record("SCHILY.xattr.user.a", std::string("\0\n=", 3)) + pax_record("uid", ""),
          pax_record("GNU.sparse.numblocks", "2") + pax_record("GNU.sparse.offset", "0") +
              pax_record("GNU.sparse.numbytes", "1") + pax_record("GNU.sparse.offset", "9") +
              pax_record("GNU.sparse.numbytes", "0"),
          pax_record("GNU.sparse.map", "0,1,9,0"),
          "-9223372036854775808",
          "-1.999999999"};
}

std::vector<std::string> images_and_indexes() {
  std::vector<std::string> texts = document_texts();
  for (const char* name : {"classic", "buildkit", "buildah", "mixed"}) {
    const fs::path documents = fixtures / "documents";
    texts.push_back(text_of(documents / (std::string(name) + ".manifest.json")) + "\n\n" +
                    text_of(documents / (std::string(name) + ".config.json")));
  }
  texts.emplace_back(docker_manifest);
  return texts;
}

std::vector<std::string> revisions() {
  return {"app:1",
          "app:1~2^#-3",
          "app:1^{/apt-get (install|update)\\}}",
          "oci:./lay:app:1^{layer:81cb04}..app:2",
          "oci:lay@sha256:81cb04209ad381cb04209ad381cb04209ad381cb04209ad381cb04209ad381cb",
          "docker-archive:f.tar:@12:/etc/passwd",
          "@f1247a25^{base}...sha256:abcd",
          "../lay:a..b~1",
          "scratch..app:1^{line:3}",
          "oci-archive:f.tar:app:/a:/b",
          "linux/arm64/v8"};
}

std::vector<std::string> references() {
  return {"app",
          "app:1",
          "localhost:5000/a/b_c-d__e:v1.2",
          "docker.io/library/app:latest",
          "sha256:" + std::string(64, 'a'),
          "sha512:" + std::string(128, '0'),
          "2023-11-14T22:13:20.5+01:30",
          "0000-01-01T00:00:00Z",
          "*a[!b-c]?**usr/lib/b",
          std::string(255, 'a')};
}

std::vector<std::string> instructions() {
  return {"/bin/sh -c #(nop)  CMD [\"x\"]",
          "|2 A=b C=d /bin/sh -c make \\\n  all",
          "RUN |1 A=b /bin/bash -o pipefail -c x # buildkit",
          "EXPOSE map[80/tcp:{}]",
          "COPY file:abc in /x ",
          "/bin/sh -c apt-get update",
          "buildah commit"};
}

std::vector<std::string> todo_lists() {
  return {
      "# app:1 above base:1\npick   7536ea27f182   41.6MB  RUN apt-get update\n"
      "squash 29efddce61d9   39.4MB  RUN install\ntag    app:deps\n"
      "drop   81cb04209ad3   21.0MB  RUN chmod\nreword ~0     156B  COPY \\x0a \\\\ b\n",
      "p ~3\ns ~2 -\nt a\r\nd sha256:81cb\nr ~0 COPY x\n"};
}

}  // namespace

std::vector<std::string> seeds(std::string_view target) {
  if (target == "gzip") {
    auto blobs = story_blobs("\x1f\x8b");
    for (const int level : {1, 6, 12}) {
      blobs.push_back(compressed(mixture(), Compression::gzip, level));
    }
    blobs.push_back(blobs.front() + compressed("", Compression::gzip, 6));
    return blobs;
  }
  if (target == "inflate_stream") {
    std::vector<std::string> streams;
    for (const std::string& blob : seeds("gzip")) {
      // Of members without extra fields; what follows the stream stays, as input that is not taken.
      if (blob[3] == 0) streams.push_back(blob.substr(10));
    }
    return streams;
  }
  if (target == "zstd") {
    auto blobs = story_blobs("\x28\xb5\x2f\xfd");
    blobs.push_back(compressed(mixture(), Compression::zstd, 3));
    const std::string skippable("\x50\x2a\x4d\x18\x04\0\0\0text", 12);
    blobs.push_back(skippable + blobs.back());
    return blobs;
  }
  if (target == "bundle") return bundles();
  if (target == "delta") return deltas();
  if (target == "pax") return pax_records();
  if (target == "json") return document_texts();
  if (target == "documents") return images_and_indexes();
  if (target == "archive") return image_archives();
  if (target == "revision") return revisions();
  if (target == "reference") return references();
  if (target == "instruction") return instructions();
  if (target == "todo") return todo_lists();
  if (target == "package") return packages();
  if (auto documents = package_seeds(target); !documents.empty()) return documents;
  return story_archives();
}

}  // namespace imgops::fuzz
