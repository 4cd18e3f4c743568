// What every BlobStore promises, as typed tests; a new store adds one line to blob_store_test.cpp.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/store/blob_store.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace imgops {

// `Maker` is default-constructible and has `BlobStore& store()`.
template <class Maker>
class BlobStoreContract : public ::testing::Test {
 protected:
  BlobStore& store() { return maker_.store(); }
  std::string content(const Digest& digest) {
    return read_all(*store().open(digest), 1U << 20U, "test");
  }

 private:
  Maker maker_;
};
TYPED_TEST_SUITE_P(BlobStoreContract);

TYPED_TEST_P(BlobStoreContract, GivesBackWhatWasWritten) {
  const auto writer = this->store().create();
  writer->write(as_bytes("ab"));
  writer->write(as_bytes("c"));
  EXPECT_EQ(this->content(writer->commit()), "abc");
}

TYPED_TEST_P(BlobStoreContract, NamesBlobsByTheirHash) {
  const auto writer = this->store().create();
  writer->write(as_bytes("abc"));
  EXPECT_EQ(writer->commit().to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TYPED_TEST_P(BlobStoreContract, KeepsBlobsOfTheLongerHash) {
  const auto writer = this->store().create(DigestAlgorithm::sha512);
  writer->write(as_bytes("abc"));
  const Digest digest = writer->commit();
  EXPECT_EQ(digest.algorithm_name(), "sha512");
  EXPECT_EQ(this->content(digest), "abc");
}

TYPED_TEST_P(BlobStoreContract, FindsNothingWhereNothingIs) {
  EXPECT_EQ(this->store().find(digest_of(as_bytes("absent"))), nullptr);
}

TYPED_TEST_P(BlobStoreContract, OpenOfAnAbsentBlobIsNotFound) {
  EXPECT_EQ(made::kind_of([&] { this->store().open(digest_of(as_bytes("absent"))); }),
            ErrorKind::not_found);
}

TYPED_TEST_P(BlobStoreContract, ShowsNothingBeforeTheCommit) {
  const auto writer = this->store().create();
  writer->write(as_bytes("abc"));
  EXPECT_EQ(this->store().find(digest_of(as_bytes("abc"))), nullptr);
}

TYPED_TEST_P(BlobStoreContract, ADroppedWriterLeavesNothing) {
  this->store().create()->write(as_bytes("abc"));
  EXPECT_EQ(this->store().find(digest_of(as_bytes("abc"))), nullptr);
}

TYPED_TEST_P(BlobStoreContract, CommitAsTheRightDigestKeepsTheBlob) {
  const auto writer = this->store().create();
  writer->write(as_bytes("abc"));
  writer->commit_as(digest_of(as_bytes("abc")));
  EXPECT_EQ(this->content(digest_of(as_bytes("abc"))), "abc");
}

TYPED_TEST_P(BlobStoreContract, CommitAsAnotherDigestIsCorruptAndKeepsNothing) {
  const Digest other = digest_of(as_bytes("other"));
  const auto writer = this->store().create();
  writer->write(as_bytes("abc"));
  EXPECT_EQ(made::kind_of([&] { writer->commit_as(other); }), ErrorKind::corrupt);
  EXPECT_EQ(this->store().find(other), nullptr);
  EXPECT_EQ(this->store().find(digest_of(as_bytes("abc"))), nullptr);
}

TYPED_TEST_P(BlobStoreContract, TheSameBlobTwiceIsOneBlob) {
  const Digest first = write_document(this->store(), "abc");
  EXPECT_EQ(write_document(this->store(), "abc"), first);
  EXPECT_EQ(this->content(first), "abc");
}

TYPED_TEST_P(BlobStoreContract, AnEmptyBlobIsABlob) {
  EXPECT_EQ(this->content(write_document(this->store(), "")), "");
}

TYPED_TEST_P(BlobStoreContract, CountsWhatWasWritten) {
  const auto writer = this->store().create();
  writer->write(as_bytes("abc"));
  writer->write(as_bytes("de"));
  EXPECT_EQ(writer->size_bytes(), 5U);
}

TYPED_TEST_P(BlobStoreContract, ReadsAtAnyPlace) {
  const auto blob = this->store().open(write_document(this->store(), "abcdef"));
  std::string part(3, ' ');
  EXPECT_EQ(blob->read_at(4, std::as_writable_bytes(std::span(part))), 2U);
  EXPECT_EQ(part.substr(0, 2), "ef");
}

TYPED_TEST_P(BlobStoreContract, WritersOfManyThreadsDoNotDisturbEachOther) {
  BlobStore& store = this->store();
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, thread] {
      for (int blob = 0; blob < 8; ++blob) {
        write_document(store, std::to_string((thread + blob) % 8));
      }
    });
  }
  threads.clear();
  for (int blob = 0; blob < 8; ++blob) {
    EXPECT_EQ(this->content(digest_of(as_bytes(std::to_string(blob)))), std::to_string(blob));
  }
}

TYPED_TEST_P(BlobStoreContract, DocumentsWrittenAtOnceAreAllThere) {
  std::vector<std::string> texts(40);
  for (std::size_t number = 0; number < texts.size(); ++number) {
    texts[number] = "document " + std::to_string(number % 30);
  }
  this->store().write_documents(texts);
  for (const std::string& text : texts) {
    EXPECT_EQ(this->content(digest_of(as_bytes(text))), text);
  }
}

REGISTER_TYPED_TEST_SUITE_P(BlobStoreContract, GivesBackWhatWasWritten, NamesBlobsByTheirHash,
                            KeepsBlobsOfTheLongerHash, FindsNothingWhereNothingIs,
                            OpenOfAnAbsentBlobIsNotFound, ShowsNothingBeforeTheCommit,
                            ADroppedWriterLeavesNothing, CommitAsTheRightDigestKeepsTheBlob,
                            CommitAsAnotherDigestIsCorruptAndKeepsNothing,
                            TheSameBlobTwiceIsOneBlob, AnEmptyBlobIsABlob, CountsWhatWasWritten,
                            ReadsAtAnyPlace, WritersOfManyThreadsDoNotDisturbEachOther,
                            DocumentsWrittenAtOnceAreAllThere);

}  // namespace imgops
