#include "libimgops/codec/reference_frame.hpp"

#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>

namespace imgops {
namespace {

using testing::code_of;

// Bytes that do not compress.
std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    seed = seed * 1664525U + 1013904223U;
    text += static_cast<char>(seed >> 24U);
  }
  return text;
}

std::string decoded(const std::string& frame, const std::string& reference, std::size_t size) {
  std::string output(size, '\0');
  decode_referring(as_bytes(frame), as_bytes(reference), std::as_writable_bytes(std::span(output)));
  return output;
}

TEST(ReferenceFrame, WhatTheReferenceHasCostsNextToNothing) {
  const std::string old = noise(3'000'000, 1);
  std::string text = old;
  text.replace(1'000'000, 100, noise(50, 2));
  const std::string frame = encode_referring(as_bytes(text), as_bytes(old));
  EXPECT_LT(frame.size(), 1000U);
  EXPECT_EQ(decoded(frame, old, text.size()), text);
}

TEST(ReferenceFrame, WithoutAReferenceItIsAnOrdinaryFrame) {
  const std::string text(100'000, 'x');
  const std::string frame = encode_referring(as_bytes(text), {});
  EXPECT_LT(frame.size(), 1000U);
  EXPECT_EQ(decoded(frame, "", text.size()), text);
}

TEST(ReferenceFrame, EmptyContentsComeBack) {
  EXPECT_EQ(decoded(encode_referring({}, {}), "", 0), "");
}

TEST(ReferenceFrame, AnotherSizeThanPromisedIsRefused) {
  const std::string frame = encode_referring(as_bytes("some contents"), {});
  EXPECT_EQ(code_of([&] { decoded(frame, "", 12); }), DiagnosticCode::codec_check);
  EXPECT_EQ(code_of([&] { decoded(frame, "", 14); }), DiagnosticCode::codec_check);
}

TEST(ReferenceFrame, DamageTruncationAndASecondFrameAreRefused) {
  const std::string frame = encode_referring(as_bytes(noise(1000, 3)), {});
  for (const std::string& bad :
       {frame.substr(0, frame.size() - 1), frame + frame, std::string("no frame"), std::string()}) {
    EXPECT_EQ(code_of([&] { decoded(bad, "", 1000); }), DiagnosticCode::codec_check);
  }
}

}  // namespace
}  // namespace imgops
