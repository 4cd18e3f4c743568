#include "libimgops/layer/cache_folder.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "tests/layer/layer_world.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace imgops {
namespace {

using testing::contents_of;
using testing::overwrite;
using testing::ScratchDirectory;

const DiffId some_id{digest_of(as_bytes("an archive"))};
const DiffId other_id{digest_of(as_bytes("another"))};
const SealSubject some_subject{"entries", "sha256:blob"};

std::filesystem::path file_of(const CacheLocation& location, const DiffId& id) {
  return location.directory / "sha256" / id.digest.hexadecimal() / "file";
}

void write(const CacheLocation& location, std::string_view before, std::string_view block) {
  const CacheFolder folder(location, some_id);
  const auto file = folder.create();
  file->write(as_bytes(before));
  folder.write_sealed(*file, block, some_subject);
  folder.publish(*file, "file");
}

std::optional<std::string> read(const CacheLocation& location,
                                const SealSubject& subject = some_subject,
                                const DiffId& id = some_id) {
  const CacheFolder folder(location, id);
  const auto file = folder.find("file");
  return file == nullptr ? std::nullopt : folder.read_sealed(*file, subject);
}

TEST(CacheFolder, GivesBackWhatWasSealed) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path() / "cache", "key"};
  write(location, "states", "the block");
  EXPECT_EQ(read(location), "the block");
}

TEST(CacheFolder, SealsABlockWrittenInPieces) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path() / "cache", "key"};
  const CacheFolder folder(location, some_id);
  const auto file = folder.create();
  const auto write_block = [](Sink& block) {
    for (const std::string_view piece : {"the ", "", "block"}) block.write(as_bytes(piece));
  };
  folder.write_sealed(*file, write_block, some_subject);
  folder.publish(*file, "file");
  EXPECT_EQ(read(location), "the block");
}

TEST(CacheFolder, RemovesWhatAKilledRunLeft) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const std::filesystem::path left = file_of(location, some_id).parent_path() / ".new-1-2";
  std::filesystem::create_directories(left.parent_path());
  overwrite(left, "half");
  write(location, {}, "the block");
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_EQ(read(location), "the block");
}

TEST(CacheFolder, RefusesAnotherKey) {
  const ScratchDirectory scratch;
  write({scratch.path(), "key"}, {}, "the block");
  EXPECT_EQ(read({scratch.path(), "other key"}), std::nullopt);
}

TEST(CacheFolder, RefusesAFileOfAnotherLayer) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  write(location, {}, "the block");
  std::filesystem::create_directories(file_of(location, other_id).parent_path());
  std::filesystem::copy_file(file_of(location, some_id), file_of(location, other_id));
  EXPECT_EQ(read(location, some_subject, other_id), std::nullopt);
}

TEST(CacheFolder, RefusesAFileOfAnotherKindOrBlob) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  write(location, {}, "the block");
  EXPECT_EQ(read(location, {"checkpoints", some_subject.blob}), std::nullopt);
  EXPECT_EQ(read(location, {some_subject.kind, "sha256:other"}), std::nullopt);
}

TEST(CacheFolder, RefusesAFileThatIsCutAnywhere) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  write(location, {}, "the block");
  const std::string bytes = contents_of(file_of(location, some_id));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    overwrite(file_of(location, some_id), bytes.substr(0, size));
    EXPECT_EQ(read(location), std::nullopt) << size;
  }
}

TEST(CacheFolder, RefusesEveryFlippedByte) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  write(location, {}, "the block");
  const std::string bytes = contents_of(file_of(location, some_id));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    overwrite(file_of(location, some_id), changed);
    EXPECT_EQ(read(location), std::nullopt) << at;
  }
}

TEST(CacheFolder, DoesNotFollowALink) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  write(location, {}, "the block");
  std::filesystem::rename(file_of(location, some_id), scratch.path() / "elsewhere");
  std::filesystem::create_symlink(scratch.path() / "elsewhere", file_of(location, some_id));
  EXPECT_EQ(read(location), std::nullopt);
}

TEST(CacheFolder, DoesNotWriteThroughALinkedDirectory) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path() / "cache", "key"};
  std::filesystem::create_directories(scratch.path() / "elsewhere");
  std::filesystem::create_directories(scratch.path() / "cache");
  std::filesystem::create_directory_symlink(scratch.path() / "elsewhere",
                                            scratch.path() / "cache" / "sha256");
  EXPECT_THROW(write(location, {}, "the block"), Error);
}

TEST(CacheFolder, IgnoresAFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  write(location, {}, "the block");
  ASSERT_EQ(::chown(file_of(location, some_id).c_str(), 12345, 12345), 0);
  EXPECT_EQ(read(location), std::nullopt);
}

}  // namespace
}  // namespace imgops
