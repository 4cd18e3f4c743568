#include "libimgops/ops/patch_cost.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

// The image that was measured against a plain registry: app:1, seven layers, its base one of them,
// with sizes as listed by `history`; a patch layer of 146 kB; a base layer of 60.3 MB in its place.
// Source: real-parts §10, containerd 1.6.20, podman 4.3.1, dockerd 20.10.24.
CostSubject measured_image() {
  CostSubject subject;
  subject.layers = {{63'100'000, 167'000'000},
                    {41'600'000, 111'000'000},
                    {39'400'000, 81'700'000},
                    {21'000'000, 21'000'000},
                    {21'000'000, 21'000'000},
                    {420, 0},
                    {156, 12}};
  subject.base_layer_count = 1;
  subject.document_bytes = 3'000;
  return subject;
}

CostOfPlaces measured_patch() {
  return {{146'000, 400'000}, {{{60'300'000, 167'000'000}, true}}};
}

NodeCost cost(PatchPlace place, NodeKind node) {
  for (const NodeCost& found : node_costs(measured_image(), measured_patch())) {
    if (found.place == place && found.node == node) return found;
  }
  return {};
}

// Within a twentieth of a MB, as the figures were noted.
void expect_fetched(PatchPlace place, NodeKind node, double megabytes, std::size_t blobs) {
  const NodeCost found = cost(place, node);
  EXPECT_NEAR(static_cast<double>(found.fetched_bytes) / 1e6, megabytes, 0.15);
  EXPECT_EQ(found.fetched_blobs, blobs);
}

TEST(PatchCost, AboveTheBaseContainerdAndPodmanFetchThePatchAndTheConfiguration) {
  expect_fetched(PatchPlace::above_base, NodeKind::keeps_blobs, 0.149, 2);
}

TEST(PatchCost, InPlaceContainerdAndPodmanFetchTheBaseLayerAndTheConfiguration) {
  expect_fetched(PatchPlace::in_place, NodeKind::keeps_blobs, 60.3, 2);
}

TEST(PatchCost, AboveTheBaseDockerdFetchesAllOwnLayersAgain) {
  expect_fetched(PatchPlace::above_base, NodeKind::by_chain, 123.1, 8);
}

TEST(PatchCost, InPlaceDockerdFetchesEverythingAgain) {
  expect_fetched(PatchPlace::in_place, NodeKind::by_chain, 183.2, 8);
}

TEST(PatchCost, OnTopDockerdFetchesThePatchAndTheConfiguration) {
  expect_fetched(PatchPlace::on_top, NodeKind::by_chain, 0.149, 2);
}

TEST(PatchCost, OnTopNothingElseIsUnpackedAgain) {
  EXPECT_EQ(cost(PatchPlace::on_top, NodeKind::by_chain).unpacked_bytes, 400'000U);
  EXPECT_EQ(cost(PatchPlace::on_top, NodeKind::keeps_blobs).unpacked_bytes, 400'000U);
}

TEST(PatchCost, InPlaceEverythingIsUnpackedAgainWhoeverKeepsBlobs) {
  const std::uint64_t all = 401'700'012;
  EXPECT_EQ(cost(PatchPlace::in_place, NodeKind::keeps_blobs).unpacked_bytes, all);
  EXPECT_EQ(cost(PatchPlace::in_place, NodeKind::by_chain).unpacked_bytes, all);
}

TEST(PatchCost, AResolutionIsFetchedAndUnpackedWhereverThePatchIs) {
  CostOfPlaces places = measured_patch();
  const std::vector<NodeCost> without = node_costs(measured_image(), places);
  places.resolution = {1'000, 5'000};
  const std::vector<NodeCost> with = node_costs(measured_image(), places);
  ASSERT_EQ(with.size(), without.size());
  for (std::size_t at = 0; at < with.size(); ++at) {
    EXPECT_EQ(with[at].fetched_bytes, without[at].fetched_bytes + 1'000);
    EXPECT_EQ(with[at].fetched_blobs, without[at].fetched_blobs + 1);
    EXPECT_EQ(with[at].unpacked_bytes, without[at].unpacked_bytes + 5'000);
  }
}

TEST(PatchCost, APatchLayerThatStaysAboveTheOwnOnesIsExchangedInPlace) {
  CostOfPlaces places{{146'000, 400'000}, {{{63'100'000, 167'000'000}, false}}};
  places.upper = {{{150'000, 500'000}, true}};
  for (const NodeCost& cost : node_costs(measured_image(), places)) {
    if (cost.place != PatchPlace::in_place) continue;
    EXPECT_EQ(cost.fetched_bytes, 153'000U);
    EXPECT_EQ(cost.unpacked_bytes, 500'000U);
  }
}

}  // namespace
}  // namespace imgops
