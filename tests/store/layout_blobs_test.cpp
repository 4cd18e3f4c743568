#include "libimgops/store/layout_blobs.hpp"

#include "libimgops/base/hasher.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <optional>
#include <stop_token>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;

std::size_t files_below(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::count_if(fs::recursive_directory_iterator(directory), fs::recursive_directory_iterator(),
                    [](const auto& entry) { return !entry.is_directory(); }));
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(LayoutBlobs, PutsBlobsWhereTheSpecificationSays) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const Digest digest = write_document(blobs, "abc");
  EXPECT_EQ(text_of(directory.path() / "blobs" / "sha256" / digest.hexadecimal()), "abc");
}

TEST(LayoutBlobs, LeavesNoFileOfADroppedWriter) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  blobs.create(DigestAlgorithm::sha256)->write(as_bytes("abc"));
  EXPECT_EQ(files_below(directory.path()), 0U);
}

TEST(LayoutBlobs, LeavesNoFileOfAKilledWriter) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto writer = blobs.create(DigestAlgorithm::sha256);
    writer->write(as_bytes("abc"));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(files_below(directory.path()), 0U);
}

TEST(LayoutBlobs, KeepsABlobThatIsThereAlready) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const auto path = blobs.path_of(write_document(blobs, "abc"));
  struct stat before {};
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  write_document(blobs, "abc");
  struct stat after {};
  ASSERT_EQ(::stat(path.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST(LayoutBlobs, ReplacesABlobOfAnotherSize) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const auto path = blobs.path_of(digest_of(as_bytes("abc")));
  write_text(path, "a");
  write_document(blobs, "abc");
  EXPECT_EQ(text_of(path), "abc");
}

TEST(LayoutBlobs, ReplacesALinkByTheBlob) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const auto path = blobs.path_of(digest_of(as_bytes("abc")));
  write_text(directory.path() / "elsewhere", "abc");
  fs::create_directories(path.parent_path());
  fs::create_symlink(directory.path() / "elsewhere", path);
  write_document(blobs, "abc");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(path)));
}

TEST(LayoutBlobs, RejectsALinkAsBlob) {
  const made::TemporaryDirectory directory;
  const LayoutBlobs blobs(directory.path());
  const Digest digest = digest_of(as_bytes("abc"));
  write_text(directory.path() / "elsewhere", "abc");
  fs::create_directories(blobs.path_of(digest).parent_path());
  fs::create_symlink(directory.path() / "elsewhere", blobs.path_of(digest));
  EXPECT_EQ(made::code_of([&] { blobs.find(digest); }), DiagnosticCode::blob_link);
}

TEST(LayoutBlobs, RejectsAFifoAsBlobWithoutWaiting) {
  const made::TemporaryDirectory directory;
  const LayoutBlobs blobs(directory.path());
  const Digest digest = digest_of(as_bytes("abc"));
  fs::create_directories(blobs.path_of(digest).parent_path());
  ASSERT_EQ(::mkfifo(blobs.path_of(digest).c_str(), 0600), 0);
  EXPECT_EQ(made::code_of([&] { blobs.find(digest); }), DiagnosticCode::blob_link);
}

TEST(LayoutBlobs, RejectsADirectoryAsBlob) {
  const made::TemporaryDirectory directory;
  const LayoutBlobs blobs(directory.path());
  const Digest digest = digest_of(as_bytes("abc"));
  fs::create_directories(blobs.path_of(digest));
  EXPECT_EQ(made::code_of([&] { blobs.find(digest); }), DiagnosticCode::blob_link);
}

// In a child, since the limit holds for the whole process.
TEST(LayoutBlobs, AFullDiskIsAnErrorAndLeavesNothing) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto kind = made::kind_of([&] { write_document(blobs, std::string(2000, 'x')); });
    ::_exit(kind == ErrorKind::input_output ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(files_below(directory.path()), 0U);
}

std::vector<std::string> numbered_texts(int count) {
  std::vector<std::string> texts;
  for (int number = 0; number < count; ++number) texts.push_back("text " + std::to_string(number));
  return texts;
}

TEST(LayoutBlobs, DocumentsWrittenAtOnceKeepWhatIsThereAlready) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const std::vector<std::string> texts = numbered_texts(20);
  const auto path = blobs.path_of(write_document(blobs, texts[7]));
  struct stat before {};
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  blobs.write_documents(texts);
  struct stat after {};
  ASSERT_EQ(::stat(path.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(files_below(directory.path()), texts.size());
}

TEST(LayoutBlobs, DocumentsWrittenAtOnceReplaceADamagedOne) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const std::vector<std::string> texts = numbered_texts(20);
  const auto path = blobs.path_of(digest_of(as_bytes(texts[7])));
  write_text(path, "cut");
  blobs.write_documents(texts);
  EXPECT_EQ(text_of(path), texts[7]);
}

TEST(LayoutBlobs, ManyDocumentsNeedFewOpenFiles) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{48, 48};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::_exit(made::error_of([&] { blobs.write_documents(numbered_texts(300)); }) ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(files_below(directory.path()), 300U);
}

// A blob of a layout of its own, larger than what is copied as a document.
struct Elsewhere {
  made::TemporaryDirectory directory;
  LayoutBlobs blobs{directory.path()};
  std::string text = std::string(300'000, 'x') + "end";
  Digest digest = write_document(blobs, text);
  Descriptor descriptor{"application/vnd.oci.image.layer.v1.tar", digest, text.size()};

  fs::path path() const { return blobs.path_of(digest); }
  std::optional<Taken> take_into(LayoutBlobs& target) const {
    return target.take(blobs.open(digest), descriptor, "test", {});
  }
};

std::uint64_t inode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_ino;
}

TEST(LayoutBlobs, TakesABlobOfAnotherLayoutWithoutWritingIt) {
  const Elsewhere elsewhere;
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  EXPECT_EQ(elsewhere.take_into(blobs), Taken::shared);
  EXPECT_EQ(text_of(blobs.path_of(elsewhere.digest)), elsewhere.text);
  EXPECT_EQ(files_below(directory.path()), 1U);
}

TEST(LayoutBlobs, ATakenBlobStaysWhenTheOtherLayoutIsGone) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const auto elsewhere = std::make_unique<Elsewhere>();
  const std::string text = elsewhere->text;
  const auto path = blobs.path_of(elsewhere->digest);
  elsewhere->take_into(blobs);
  fs::remove_all(elsewhere->directory.path());
  EXPECT_EQ(text_of(path), text);
}

TEST(LayoutBlobs, TakesNoBlobWhoseBytesAreOthers) {
  const Elsewhere elsewhere;
  std::string text = elsewhere.text;
  text.back() = 'X';
  write_text(elsewhere.path(), text);
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  EXPECT_EQ(made::kind_of([&] { elsewhere.take_into(blobs); }), ErrorKind::corrupt);
  EXPECT_EQ(files_below(directory.path()), 0U);
}

// A second name of a file that others can write to would let them change this layout.
TEST(LayoutBlobs, LinksNoFileThatOthersMayWriteTo) {
  const Elsewhere elsewhere;
  ASSERT_EQ(::chmod(elsewhere.path().c_str(), 0666), 0);
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  EXPECT_TRUE(elsewhere.take_into(blobs).has_value());
  EXPECT_NE(inode_of(blobs.path_of(elsewhere.digest)), inode_of(elsewhere.path()));
  EXPECT_EQ(text_of(blobs.path_of(elsewhere.digest)), elsewhere.text);
}

TEST(LayoutBlobs, ATakenBlobHasTheModeOfAWrittenOne) {
  const Elsewhere elsewhere;
  ASSERT_EQ(::chmod(elsewhere.path().c_str(), 0600), 0);
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  elsewhere.take_into(blobs);
  const auto mode_of = [](const fs::path& path) { return fs::status(path).permissions(); };
  EXPECT_EQ(mode_of(blobs.path_of(elsewhere.digest)),
            mode_of(blobs.path_of(write_document(blobs, "abc"))));
}

TEST(LayoutBlobs, ATakenBlobReplacesADamagedOne) {
  const Elsewhere elsewhere;
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  write_text(blobs.path_of(elsewhere.digest), "cut");
  EXPECT_TRUE(elsewhere.take_into(blobs).has_value());
  EXPECT_EQ(text_of(blobs.path_of(elsewhere.digest)), elsewhere.text);
  EXPECT_EQ(files_below(directory.path()), 1U);
}

TEST(LayoutBlobs, TakesNothingThatIsNoFile) {
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  const auto bytes = std::make_shared<StringAccess>("abc");
  const Descriptor descriptor("application/x", digest_of(as_bytes("abc")), 3);
  EXPECT_EQ(blobs.take(bytes, descriptor, "test", {}), std::nullopt);
  EXPECT_EQ(files_below(directory.path()), 0U);
}

TEST(LayoutBlobs, TakingEndsWhenItIsAskedTo) {
  const Elsewhere elsewhere;
  const made::TemporaryDirectory directory;
  LayoutBlobs blobs(directory.path());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(made::kind_of([&] {
              blobs.take(elsewhere.blobs.open(elsewhere.digest), elsewhere.descriptor, "test",
                         stop.get_token());
            }),
            ErrorKind::cancelled);
  EXPECT_EQ(files_below(directory.path()), 0U);
}

}  // namespace
}  // namespace imgops
