#include "libimgops/store/layout_blobs.hpp"

#include "libimgops/base/hasher.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

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

}  // namespace
}  // namespace imgops
