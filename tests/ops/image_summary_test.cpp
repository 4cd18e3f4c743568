#include "libimgops/ops/image_summary.hpp"

#include "libimgops/store/layout_blobs.hpp"
#include "tests/ops/workshop.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using testing::LayerBuilder;
using testing::Workshop;

// Keeps what it is told.
class ListeningObserver final : public Observer {
 public:
  void diagnose(const Diagnostic& diagnostic) override {
    sentences.push_back(to_sentence(diagnostic));
  }
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
  std::vector<std::string> sentences;
};

// Blobs of a workshop, and caches on disk over them, each as a new run of the program has it.
struct Runs {
  Workshop shop;
  const Image sample = make_sample();  // a file is added, removed, another one added
  made::TemporaryDirectory directory;
  CacheLocation location{directory.path() / "cache", std::string(32, 'k')};

  Image make_sample() {
    Image image = Workshop::empty();
    image = shop.add(image, LayerBuilder().directory("etc").file("etc/base", "base").build());
    image = shop.add(image, LayerBuilder().file("etc/big", std::string(5000, 'x')).build());
    image = shop.add(image, LayerBuilder().build(), {"etc/big"});
    return shop.add(image, LayerBuilder().file("etc/app", "app").build());
  }
  struct Result {
    ImageSummary summary;
    std::vector<std::string> findings;
  };
  Result summarize(const Image& image) {
    ListeningObserver observer;
    LayerCache cache(shop.blobs, location);
    const Operation operation{shop.blobs, cache, shop.workers, observer, {}, {}};
    return {summarize_layers(operation, image), observer.sentences};
  }
  fs::path note_of(const Image& image) const {
    return location.directory / "sha256" / image.layers().back().diff_id.digest.hexadecimal() /
           "summary-1";
  }
  // Without indexes nothing but the note can answer quickly; with false ones it would show.
  void forget_indexes() const {
    for (const auto& entry : fs::recursive_directory_iterator(location.directory)) {
      if (entry.is_regular_file() && entry.path().filename() != "summary-1") {
        fs::remove(entry.path());
      }
    }
  }
  bool has_indexes() const {
    return std::ranges::any_of(
        fs::recursive_directory_iterator(location.directory),
        [](const auto& entry) { return entry.path().filename() == "entries"; });
  }
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(ImageSummary, IsWhatTheReportSays) {
  Runs runs;
  const Image& image = runs.sample;
  const ImageReport report = report_layers(runs.shop.operation, image);
  const ImageSummary expected{report.layers, report.stored_bytes, report.unpacked_bytes,
                              report.visible_bytes};
  EXPECT_EQ(runs.summarize(image).summary, expected);
  EXPECT_EQ(runs.summarize(image).summary, expected);
}

TEST(ImageSummary, ASecondRunOpensNoLayer) {
  Runs runs;
  const Image& image = runs.sample;
  const ImageSummary expected = runs.summarize(image).summary;
  runs.forget_indexes();
  EXPECT_EQ(runs.summarize(image).summary, expected);
  EXPECT_FALSE(runs.has_indexes());
}

TEST(ImageSummary, ANoteThatWasChangedOrCutIsNotBelieved) {
  Runs runs;
  const Image& image = runs.sample;
  const ImageSummary expected = runs.summarize(image).summary;
  const std::string note = text_of(runs.note_of(image));
  for (std::size_t at = 0; at < note.size(); ++at) {
    std::string changed = note;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    for (const std::string& text : {changed, note.substr(0, at)}) {
      write_text(runs.note_of(image), text);
      ASSERT_EQ(runs.summarize(image).summary, expected) << at;
      ASSERT_EQ(text_of(runs.note_of(image)), note) << at;
    }
  }
}

TEST(ImageSummary, ANoteSealedWithAnotherKeyIsNotBelieved) {
  Runs runs;
  const Image& image = runs.sample;
  runs.summarize(image);
  runs.forget_indexes();
  runs.location.key = std::string(32, 'o');
  runs.summarize(image);
  EXPECT_TRUE(runs.has_indexes());
}

TEST(ImageSummary, ANoteOfAnotherStackWithTheSameTopIsNotTaken) {
  Runs runs;
  const auto top = LayerBuilder().file("top", "1").build();
  const auto make = [&](const std::string& body) {
    Image image = Workshop::empty();
    image = runs.shop.add(image, LayerBuilder().file("lower", body).build());
    return runs.shop.add(image, top);
  };
  const Image short_one = make("a");
  const Image long_one = make("longer");
  ASSERT_EQ(short_one.layers().back().diff_id, long_one.layers().back().diff_id);
  EXPECT_EQ(runs.summarize(short_one).summary.unpacked_bytes, 2U);
  EXPECT_EQ(runs.summarize(long_one).summary.unpacked_bytes, 7U);
  EXPECT_EQ(runs.summarize(short_one).summary.unpacked_bytes, 2U);
}

TEST(ImageSummary, FindingsAreToldAgain) {
  Runs runs;
  Image image = Workshop::empty();
  image = runs.shop.add(image, LayerBuilder().symlink("etc", "usr/etc").build());
  const auto first = runs.summarize(image);
  EXPECT_FALSE(first.findings.empty());
  runs.forget_indexes();
  EXPECT_EQ(runs.summarize(image).findings, first.findings);
}

TEST(ImageSummary, ALayerWhoseBlobIsGoneIsNotFound) {
  Runs runs;
  const Image& image = runs.sample;
  runs.summarize(image);
  const MemoryBlobs nothing;
  LayerCache cache(nothing, runs.location);
  SilentObserver observer;
  const Operation operation{runs.shop.blobs, cache, runs.shop.workers, observer, {}, {}};
  EXPECT_EQ(made::kind_of([&] { summarize_layers(operation, image); }), ErrorKind::not_found);
}

TEST(SummaryNote, WhatIsWrittenIsReadBackAndNothingShorter) {
  SummaryNote note;
  note.summary.unpacked_bytes = 300;
  note.summary.visible_bytes = 200;
  note.summary.layers = {{0, 300, 1, 2, 3, 4, true}, {}};
  Diagnostic finding;
  finding.code = DiagnosticCode::wh_same;
  finding.level = DiagnosticLevel::warning;
  finding.row = "U11";
  finding.layer_index = 1;
  finding.layer = "sha256:abc";
  finding.path = "a/b";
  finding.message = "both";
  note.findings = {finding, Diagnostic()};
  const std::string bytes = encode_summary(note);
  const SummaryNote read = decode_summary(bytes);
  EXPECT_EQ(read.summary, note.summary);
  ASSERT_EQ(read.findings.size(), 2U);
  EXPECT_EQ(to_sentence(read.findings[0]), to_sentence(finding));
  EXPECT_FALSE(read.findings[1].layer_index.has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(made::kind_of([&] { decode_summary(std::string_view(bytes).substr(0, size)); }),
              ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace imgops
