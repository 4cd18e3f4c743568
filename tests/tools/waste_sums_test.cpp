// Sums of what is hidden.
#include "tools/imgops/waste_report.hpp"

#include <gtest/gtest.h>

namespace imgops::cli {
namespace {

// 100 bytes written in layer 0 and deleted in layer 1; 50 in layer 1, rewritten in layer 2.
ImageReport sample_report() {
  ImageReport report;
  report.layers.resize(3);
  report.layers[0].unpacked_bytes = 100;
  report.layers[1].unpacked_bytes = 50;
  report.layers[2].unpacked_bytes = 50;
  report.unpacked_bytes = 200;
  report.visible_bytes = 50;
  report.hidden = {{"big", 100, 0, 1, HiddenReason::deleted},
                   {"small", 50, 1, 2, HiddenReason::rewritten}};
  return report;
}

TEST(WasteSums, AddsUpEveryReason) {
  const WasteSums sums = waste_sums(sample_report(), 0);
  EXPECT_EQ(sums.hidden_bytes, 150U);
  EXPECT_EQ(sums.deleted_bytes, 100U);
  EXPECT_EQ(sums.rewritten_bytes, 50U);
  EXPECT_EQ(sums.metadata_only_bytes, 0U);
}

TEST(WasteSums, TellsTheBaseApart) {
  const WasteSums sums = waste_sums(sample_report(), 1);
  EXPECT_EQ(sums.above_base_hidden, 50U);
  EXPECT_EQ(sums.above_base_unpacked, 100U);
}

TEST(WasteSums, WhatIsGoneNeedsNothing) {
  // Neither path is in the (empty) tree: nothing of 150 of the 200 bytes is needed.
  EXPECT_DOUBLE_EQ(waste_sums(sample_report(), 0).efficiency, 0.25);
}

TEST(WasteSums, NothingHiddenIsFullEfficiency) {
  ImageReport report;
  report.unpacked_bytes = 10;
  EXPECT_DOUBLE_EQ(waste_sums(report, 0).efficiency, 1);
}

}  // namespace
}  // namespace imgops::cli
