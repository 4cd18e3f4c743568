#include "libimgops/base/hasher.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/store/verified.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

constexpr std::uint64_t limit = 100;

Descriptor described(const Digest& digest, std::uint64_t size_bytes) {
  return {"application/json", digest, size_bytes};
}

// A source whose blob of one digest holds other bytes.
class LyingBlobs final : public BlobSource {
 public:
  explicit LyingBlobs(std::string text) : text_(std::move(text)) {}
  std::unique_ptr<RandomAccess> find(const Digest&) const override {
    return std::make_unique<StringAccess>(text_);
  }

 private:
  std::string text_;
};

std::string read_through(VerifiedSource source) {
  return read_all(source, 1000, "test");
}

TEST(ReadDocument, GivesAVerifiedDocument) {
  MemoryBlobs blobs;
  const Digest digest = blobs.add("abc");
  EXPECT_EQ(read_document(blobs, described(digest, 3), limit, "test"), "abc");
}

TEST(ReadDocument, RejectsAnotherSize) {
  MemoryBlobs blobs;
  const Digest digest = blobs.add("abc");
  EXPECT_EQ(made::code_of([&] { read_document(blobs, described(digest, 4), limit, "test"); }),
            DiagnosticCode::size);
}

TEST(ReadDocument, RejectsOtherBytes) {
  const LyingBlobs blobs("xyz");
  const auto descriptor = described(digest_of(as_bytes("abc")), 3);
  EXPECT_EQ(made::kind_of([&] { read_document(blobs, descriptor, limit, "test"); }),
            ErrorKind::corrupt);
}

TEST(ReadDocument, TakesADocumentAtTheLimit) {
  MemoryBlobs blobs;
  const Digest digest = blobs.add(std::string(limit, 'x'));
  EXPECT_EQ(read_document(blobs, described(digest, limit), limit, "test").size(), limit);
}

TEST(ReadDocument, RejectsADocumentAboveTheLimit) {
  MemoryBlobs blobs;
  const Digest digest = blobs.add(std::string(limit + 1, 'x'));
  EXPECT_EQ(
      made::kind_of([&] { read_document(blobs, described(digest, limit + 1), limit, "test"); }),
      ErrorKind::corrupt);
}

TEST(ReadDocument, NamesTheSubjectOfAnAbsentDocument) {
  const auto error = made::error_of([] {
    read_document(MemoryBlobs(), described(digest_of(as_bytes("abc")), 3), limit, "app:1");
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_EQ(std::string(error->what()).substr(0, 7), "app:1: ");
}

TEST(VerifiedSource, PassesSoundBytesOn) {
  EXPECT_EQ(read_through(VerifiedSource(std::make_shared<StringAccess>("abc"),
                                        described(digest_of(as_bytes("abc")), 3), "test")),
            "abc");
}

TEST(VerifiedSource, ThrowsAtTheEndOfOtherBytes) {
  EXPECT_EQ(made::kind_of([] {
              read_through(VerifiedSource(std::make_shared<StringAccess>("xyz"),
                                          described(digest_of(as_bytes("abc")), 3), "test"));
            }),
            ErrorKind::corrupt);
}

TEST(VerifiedSource, ThrowsAtOnceForAnotherSize) {
  EXPECT_EQ(made::code_of([] {
              VerifiedSource(std::make_shared<StringAccess>("abcd"),
                             described(digest_of(as_bytes("abc")), 3), "test");
            }),
            DiagnosticCode::size);
}

}  // namespace
}  // namespace imgops
