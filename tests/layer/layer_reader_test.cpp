#include "libimgops/layer/layer_reader.hpp"

#include "libimgops/base/error.hpp"
#include "tests/layer/layer_world.hpp"
#include "tests/support/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace imgops::testing {
namespace {

using ::testing::ElementsAre;

ImageLayer describe(std::string_view blob, std::string_view archive,
                    std::string_view type = "application/vnd.oci.image.layer.v1.tar") {
  return {Descriptor(type, digest_of(as_bytes(blob)), blob.size()),
          DiffId{digest_of(as_bytes(archive))}};
}

std::shared_ptr<const LayerIndex> read(const RawTar& archive) {
  SilentObserver observer;
  const std::string text = archive.end();
  return read_layer(std::make_shared<StringAccess>(text), describe(text, text), observer);
}

// "whiteout d/x", "file f", "link h>f", "opaque d".
std::vector<std::string> lines(const LayerIndex& index) {
  std::vector<std::string> result;
  for (const LayerEntry& entry : index.entries) {
    const std::string path(entry.path);
    switch (entry.kind()) {
      case EntryKind::file:
        result.push_back("file " + path);
        break;
      case EntryKind::hard_link:
        result.push_back("link " + path + ">" + std::string(entry.link_path()));
        break;
      case EntryKind::whiteout:
        result.push_back("whiteout " + path);
        break;
      case EntryKind::opaque:
        result.push_back("opaque " + path);
        break;
    }
  }
  return result;
}

std::vector<std::string> found(const LayerIndex& index) {
  std::vector<std::string> result;
  for (const Diagnostic& diagnostic : index.diagnostics) {
    result.push_back(std::string(name(diagnostic.code)) + ' ' + diagnostic.row + ' ' +
                     std::string(name(diagnostic.level)));
  }
  return result;
}

std::string rejected(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr) return error.what();
    return std::string(name(error.diagnostic()->code)) + ' ' + error.diagnostic()->row;
  }
  return "";
}

std::string rejected(const RawTar& archive) {
  return rejected([&] { read(archive); });
}

TEST(LayerReader, KeepsEntriesInArchiveOrder) {
  const auto index = read(RawTar()
                              .directory("d/")
                              .add({.name = "d/f",
                                    .body = "text",
                                    .mode = 0600,
                                    .uid = 5,
                                    .records = {{"SCHILY.xattr.user.k", "v"}}})
                              .hard_link("h", "/d/f")
                              .symlink("s", "d/f"));
  EXPECT_THAT(lines(*index), ElementsAre("file d", "file d/f", "link h>d/f", "file s"));
  const LayerEntry& file = index->entries[1];
  EXPECT_EQ(file.inode.uid(), 5U);
  EXPECT_EQ(attributes_of(file.inode).xattrs.at(0).value, "v");
  EXPECT_EQ(file.inode.content().origin, index.get());
  EXPECT_EQ(file.inode.content().size_bytes, 4U);
  EXPECT_EQ(file.inode.content().fingerprint, fingerprint_of(as_bytes("text")));
  EXPECT_EQ(file.inode.content().offset_bytes, file.member_offset_bytes() + file.header_bytes());
  EXPECT_TRUE(file.verbatim());
  EXPECT_EQ(index->entries[3].inode.link_target(), "d/f");
  EXPECT_EQ(index->archive_bytes, 9 * 512U);
}

TEST(LayerReader, FingerprintsBodiesLargerThanItsBuffer) {
  const std::string body = noise(1'000'000, 1);
  const auto index = read(RawTar().file("f", body).file("empty"));
  EXPECT_EQ(index->entries[0].inode.content().fingerprint, fingerprint_of(as_bytes(body)));
  EXPECT_EQ(index->entries[1].inode.content().origin, nullptr);
}

TEST(LayerReader, J03AWrongDiffIdIsRejected) {
  SilentObserver observer;
  const std::string text = RawTar().file("f").end();
  EXPECT_EQ(rejected([&] {
              read_layer(std::make_shared<StringAccess>(text), describe(text, text + "x"),
                         observer);
            }),
            "DIFF-ID J03");
}

TEST(LayerReader, J04AWrongSizeIsRejectedBeforeReading) {
  SilentObserver observer;
  const std::string text = "no archive";
  ImageLayer layer = describe(text, text);
  layer.descriptor = Descriptor(layer.descriptor.media_type(), layer.descriptor.digest(), 11);
  EXPECT_EQ(rejected([&] { read_layer(std::make_shared<StringAccess>(text), layer, observer); }),
            "SIZE J04");
}

TEST(LayerReader, AWrongBlobDigestIsCorrupt) {
  SilentObserver observer;
  const std::string text = RawTar().file("f").end();
  ImageLayer layer = describe(text, text);
  layer.descriptor = Descriptor(layer.descriptor.media_type(), digest_of({}), text.size());
  try {
    read_layer(std::make_shared<StringAccess>(text), layer, observer);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  }
}

TEST(LayerReader, J02UnknownTypesAreRejected) {
  SilentObserver observer;
  const std::string text = RawTar().file("f").end();
  EXPECT_EQ(rejected([&] {
              read_layer(std::make_shared<StringAccess>(text),
                         describe(text, text, "application/vnd.example+encrypted"), observer);
            }),
            "LAYER-TYPE J02");
}

TEST(LayerReader, S12TheBytesDecideNotTheMediaType) {
  SilentObserver observer;
  const std::string text = RawTar().file("f").end();
  const auto index =
      read_layer(std::make_shared<StringAccess>(text),
                 describe(text, text, "application/vnd.oci.image.layer.v1.tar+gzip"), observer);
  EXPECT_THAT(found(*index), ElementsAre("CODEC-TYPE S12 warning"));
}

TEST(LayerReader, ReadsCompressedLayers) {
  SilentObserver observer;
  const std::string text = RawTar().file("f", noise(500'000, 2)).end();
  const std::string blob = compress(text, Compression::gzip);
  const auto index =
      read_layer(std::make_shared<StringAccess>(blob),
                 describe(blob, text, "application/vnd.oci.image.layer.v1.tar+gzip"), observer);
  EXPECT_THAT(lines(*index), ElementsAre("file f"));
  EXPECT_THAT(found(*index), ElementsAre());
  EXPECT_EQ(index->archive_bytes, text.size());
}

TEST(LayerReader, S09ZstdLayersAreNoted) {
  SilentObserver observer;
  const std::string text = RawTar().file("f").end();
  const std::string blob = compress(text, Compression::zstd);
  const auto index =
      read_layer(std::make_shared<StringAccess>(blob),
                 describe(blob, text, "application/vnd.oci.image.layer.v1.tar+zstd"), observer);
  EXPECT_THAT(found(*index), ElementsAre("ZSTD-OLD S09 note"));
}

TEST(LayerReader, DiagnosticsNameTheLayer) {
  const std::string text = RawTar().file("../x").end();
  SilentObserver observer;
  try {
    read_layer(std::make_shared<StringAccess>(text), describe(text, text), observer);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.diagnostic()->layer, digest_of(as_bytes(text)).to_string());
    EXPECT_EQ(error.diagnostic()->path, "../x");
  }
  const auto index = read(RawTar().file("d/../x"));
  EXPECT_FALSE(index->diagnostics.at(0).layer.empty());
  EXPECT_FALSE(index->diagnostics.at(0).layer_index.has_value());
}

TEST(LayerReader, U01MarkersBecomeWhiteouts) {
  const auto index = read(RawTar().file("d/.wh.x").file("d/.wh..wh..opq").file(".wh..wh..opq"));
  EXPECT_THAT(lines(*index), ElementsAre("whiteout d/x", "opaque d", "opaque "));
  EXPECT_THAT(found(*index), ElementsAre());
}

TEST(LayerReader, U09OpaqueMarkersOfAnyFormAreAccepted) {
  const auto index = read(RawTar().file("a/.wh..wh..opq", "x").directory("b/.wh..wh..opq/"));
  EXPECT_THAT(lines(*index), ElementsAre("opaque a", "opaque b"));
  EXPECT_THAT(found(*index), ElementsAre("WH-FORM U09 note", "WH-FORM U09 note"));
}

TEST(LayerReader, U18MarkersWithoutAValidNameAreRejected) {
  for (const char* const name : {".wh.", "d/.wh..", "d/.wh..."}) {
    EXPECT_EQ(rejected(RawTar().file(name)), "WH-NAME U18") << name;
  }
}

TEST(LayerReader, U19U21U25MarkersOfMarkersMeanNothing) {
  const auto index =
      read(RawTar().file("d/.wh..wh..opqX").file("d/.wh..wh.foo").file(".wh..wh.x").file("f"));
  EXPECT_THAT(lines(*index), ElementsAre("file f"));
  EXPECT_THAT(found(*index),
              ElementsAre("AUFS-META U19 note", "AUFS-META U21 note", "AUFS-META U25 note"));
}

TEST(LayerReader, U20AufsBooksAreHiddenButTheirFilesCanBeLinkedTo) {
  const auto index = read(RawTar()
                              .directory(".wh..wh.plnk/")
                              .add({.name = ".wh..wh.plnk/1.2", .body = "text", .uid = 7})
                              .file(".wh..wh.aufs")
                              .directory(".wh..wh.orph/")
                              .hard_link("a", ".wh..wh.plnk/1.2")
                              .hard_link("b", ".wh..wh.plnk/1.2"));
  EXPECT_THAT(lines(*index), ElementsAre("file a", "link b>a"));
  EXPECT_EQ(index->entries[0].inode.content().fingerprint, fingerprint_of(as_bytes("text")));
  EXPECT_EQ(index->entries[0].inode.uid(), 7U);
  EXPECT_FALSE(index->entries[0].verbatim());
  EXPECT_FALSE(index->entries[1].verbatim());
  EXPECT_THAT(found(*index), ElementsAre("AUFS-META U20 warning", "AUFS-META U20 warning",
                                         "AUFS-META U20 warning", "AUFS-META U20 warning"));
}

TEST(LayerReader, U22WhiteoutsOfAnyFormAreAcceptedWithAWarning) {
  const auto index = read(RawTar()
                              .directory(".wh.a/")
                              .symlink(".wh.b", "x")
                              .hard_link(".wh.c", "x")
                              .file(".wh.d", "content"));
  EXPECT_THAT(lines(*index), ElementsAre("whiteout a", "whiteout b", "whiteout c", "whiteout d"));
  EXPECT_THAT(found(*index), ElementsAre("WH-FORM U22 warning", "WH-FORM U22 warning",
                                         "WH-FORM U22 warning", "WH-FORM U22 warning"));
}

TEST(LayerReader, U23AMarkerUsedAsADirectoryIsRejected) {
  EXPECT_EQ(rejected(RawTar().file(".wh.x/c")), "WH-COMPONENT U23");
  EXPECT_EQ(rejected(RawTar().directory("d/.wh.x/c/")), "WH-COMPONENT U23");
}

TEST(LayerReader, U29MarkersInTheMiddleOfNamesAreOrdinary) {
  EXPECT_THAT(lines(*read(RawTar().file("foo.wh.bar").file("q.wh.z/a"))),
              ElementsAre("file foo.wh.bar", "file q.wh.z/a"));
}

TEST(LayerReader, M16TheOverlaysDeviceIsAWhiteout) {
  const auto index = read(RawTar().add({.name = "gone", .type = '3'}));
  EXPECT_THAT(lines(*index), ElementsAre("whiteout gone"));
  EXPECT_THAT(found(*index), ElementsAre("CHAR-00 M16 warning"));
}

TEST(LayerReader, S11LazyPullingIndexesAreNoted) {
  const auto index = read(RawTar().file("stargz.index.json", "{}"));
  EXPECT_THAT(found(*index), ElementsAre("ESTARGZ S11 note"));
}

TEST(LayerReader, M20SparseFilesKeepTheirMap) {
  const auto index = read(RawTar().add(
      {.name = "f",
       .body = "abc",
       .records = {
           {"GNU.sparse.map", "5,3"}, {"GNU.sparse.numblocks", "1"}, {"GNU.sparse.size", "20"}}}));
  const Content& content = index->entries.at(0).inode.content();
  EXPECT_EQ(content.size_bytes, 20U);
  ASSERT_NE(content.sparse, nullptr);
  EXPECT_EQ(content.sparse->at(0).offset_bytes, 5U);
  EXPECT_EQ(content.fingerprint, fingerprint_of(as_bytes("abc")));
}

TEST(LayerReader, AMemberWithoutItsPaddingIsNotCopied) {
  SilentObserver observer;
  const std::string text = raw_header({.name = "f", .size = 3}) + "abc";
  const auto index =
      read_layer(std::make_shared<StringAccess>(text), describe(text, text), observer);
  EXPECT_FALSE(index->entries.at(0).verbatim());
}

class RecordingSink final : public LayerPassSink {
 public:
  void checkpoint(const Checkpoint& checkpoint) override { checkpoints.push_back(checkpoint); }
  std::uint32_t header(ByteView bytes) override {
    headers.emplace_back(as_text(bytes));
    return static_cast<std::uint32_t>(headers.size() - 1);
  }
  std::vector<Checkpoint> checkpoints;
  std::vector<std::string> headers;
};

TEST(LayerReader, TellsHeadersOfDirectoriesAndHardLinks) {
  SilentObserver observer;
  RecordingSink sink;
  const std::string text = RawTar()
                               .file("f", "x")
                               .add({.name = "d/", .type = '5', .records = {{"mtime", "1.5"}}})
                               .hard_link("h", "f")
                               .end();
  const auto index =
      read_layer(std::make_shared<StringAccess>(text), describe(text, text), observer, &sink);
  ASSERT_EQ(sink.headers.size(), 2U);
  EXPECT_EQ(sink.headers[0], text.substr(1024, 1536));
  EXPECT_EQ(sink.headers[1], text.substr(2560, 512));
  EXPECT_EQ(index->entries[0].header_slot(), no_header_slot);
  EXPECT_EQ(index->entries[1].header_slot(), 0U);
  EXPECT_EQ(index->entries[2].header_slot(), 1U);
}

void expect_checkpoints_resume(Compression compression) {
  SilentObserver observer;
  RecordingSink sink;
  const std::string text =
      RawTar().file("a", noise(9'000'000, 3)).file("b", noise(9'000'000, 4)).end();
  const std::string blob = compress(text, compression);
  const auto bytes = std::make_shared<StringAccess>(blob);
  read_layer(bytes, describe(blob, text), observer, &sink);
  ASSERT_GE(sink.checkpoints.size(), 2U);
  for (const Checkpoint& checkpoint : sink.checkpoints) {
    const auto decoder = resume_decoder(compression, bytes, checkpoint);
    std::vector<std::byte> start(1000);
    ASSERT_EQ(read_fully(*decoder, start), 1000U);
    EXPECT_EQ(as_text(start), text.substr(checkpoint.archive_offset_bytes, 1000));
  }
}

TEST(LayerReader, CheckpointsOfGzipResumeWhereTheySay) {
  expect_checkpoints_resume(Compression::gzip);
}
TEST(LayerReader, CheckpointsOfZstdResumeWhereTheySay) {
  expect_checkpoints_resume(Compression::zstd);
}

TEST(LayerReader, StopsWhenAskedTo) {
  SilentObserver observer;
  std::stop_source stop;
  stop.request_stop();
  const std::string text = RawTar().file("f").end();
  try {
    read_layer(std::make_shared<StringAccess>(text), describe(text, text), observer, nullptr,
               stop.get_token());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::cancelled);
  }
}

class ProgressObserver final : public Observer {
 public:
  void diagnose(const Diagnostic&) override {}
  void progress(std::string_view operation, std::string_view, std::uint64_t done,
                std::uint64_t total) override {
    EXPECT_EQ(operation, "index");
    EXPECT_GT(done, last);
    EXPECT_LE(done, total);
    last = done;
  }
  std::uint64_t last = 0;
};

TEST(LayerReader, TellsProgressUpToTheWholeBlob) {
  ProgressObserver observer;
  const std::string text = RawTar().file("f", noise(3'000'000, 5)).end();
  read_layer(std::make_shared<StringAccess>(text), describe(text, text), observer);
  EXPECT_EQ(observer.last, text.size());
}

TEST(ReadArchive, ComputesTheDiffId) {
  SilentObserver observer;
  const std::string text = RawTar().file("./f", "x").end();
  const auto index =
      read_archive(std::make_shared<StringAccess>(compress(text, Compression::gzip)), observer);
  EXPECT_EQ(index->diff_id.digest, digest_of(as_bytes(text)));
  EXPECT_THAT(lines(*index), ElementsAre("file f"));
}

TEST(LayerIndexMemory, ViewsStayValidWhileTheIndexGrows) {
  LayerIndex index{DiffId{digest_of({})}};
  std::vector<std::string_view> views;
  for (int i = 0; i < 100'000; ++i) views.push_back(index.keep("name " + std::to_string(i)));
  const std::string_view large = index.keep(std::string(1'000'000, 'x'));
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(views[static_cast<std::size_t>(i)], "name " + std::to_string(i));
  }
  EXPECT_EQ(large, std::string(1'000'000, 'x'));
}

}  // namespace
}  // namespace imgops::testing
