#include "libimgops/layer/cursor_pool.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/image/media_type.hpp"
#include "tests/layer/layer_world.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace imgops {
namespace {

using testing::World;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

// One frame that asks for a window of 2^`window_bits` bytes and does not say how much it holds.
std::string frame_of(const std::string& text, int window_bits) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_bits);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  // In two steps: of what is compressed at once the window is cut to the size.
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  ZSTD_inBuffer front{text.data(), text.size() / 2, 0};
  ZSTD_compressStream2(context, &out, &front, ZSTD_e_continue);
  ZSTD_inBuffer rest{text.data() + text.size() / 2, text.size() - text.size() / 2, 0};
  ZSTD_compressStream2(context, &out, &rest, ZSTD_e_end);
  frame.resize(out.pos);
  ZSTD_freeCCtx(context);
  return frame;
}

struct WindowedLayers {
  World world;
  LayerCache cache{world.counted, {}};
  std::vector<std::shared_ptr<const LayerIndex>> indexes;
  std::uint64_t blob_bytes = 0;
  CursorPool pool{cache};

  WindowedLayers(std::size_t count, int window_bits) {
    for (unsigned number = 0; number < count; ++number) {
      const std::string archive =
          testing::Archive().file("a", testing::noise(1'000'000, number)).text();
      const std::string blob = frame_of(archive, window_bits);
      const MediaType type{MediaFamily::oci, MediaKind::layer, Compression::zstd, false};
      const ImageLayer layer{Descriptor(media_type_text(type), world.blobs.add(blob), blob.size()),
                             DiffId{digest_of(as_bytes(archive))}};
      indexes.push_back(world.open(cache, layer));
      blob_bytes += blob.size();
    }
    world.counted.start_again();
  }

  // One byte of each layer in their order; returns the most bytes of windows there ever were.
  std::size_t read_all_at(std::uint64_t offset_bytes, CursorPool::Side side) {
    std::size_t most = 0;
    for (const auto& index : indexes) {
      std::array<std::byte, 1> byte{};
      pool.cursor(*index, side)->read_at(offset_bytes, byte);
      most = std::max(most, pool.window_bytes());
    }
    return most;
  }
};

TEST(CursorPool, OneLayerAfterTheOtherKeepsFewWindows) {
  WindowedLayers layers(8, 23);
  const std::size_t most = layers.read_all_at(0, CursorPool::Side::left);
  EXPECT_GT(most, 16 * mebibyte);  // windows are counted
  EXPECT_LT(most, (16 + 9) * mebibyte);
}

TEST(CursorPool, WindowsTogetherAreBoundedWhateverTheLayersAskFor) {
  WindowedLayers layers(5, 27);
  std::size_t most = 0;
  for (std::uint64_t offset = 0; offset < 1'000'000; offset += 100'000) {
    for (const auto side : {CursorPool::Side::left, CursorPool::Side::right}) {
      most = std::max(most, layers.read_all_at(offset, side));
    }
  }
  EXPECT_GT(most, 2 * 128 * mebibyte);
  EXPECT_LT(most, CursorPool::most_window_bytes + 129 * mebibyte);
}

TEST(CursorPool, LayersThatTakeTurnsAreNotDecodedAgainAtEachTurn) {
  WindowedLayers layers(8, 23);
  for (std::uint64_t offset = 0; offset < 1'000'000; offset += 10'000) {
    layers.read_all_at(offset, CursorPool::Side::left);
  }
  EXPECT_LT(layers.world.counted.bytes_read(), 4 * layers.blob_bytes);
}

TEST(CursorPool, TwoLargestWindowsThatTakeTurnsAreKept) {
  WindowedLayers layers(2, 27);
  for (std::uint64_t offset = 0; offset < 1'000'000; offset += 10'000) {
    layers.read_all_at(offset, CursorPool::Side::left);
  }
  EXPECT_LT(layers.world.counted.bytes_read(), 8 * layers.blob_bytes);
}

TEST(CursorPool, TellsWhichWereDropped) {
  WindowedLayers layers(4, 23);
  layers.read_all_at(0, CursorPool::Side::left);
  EXPECT_TRUE(layers.pool.is_dropped(*layers.indexes.front()));
  EXPECT_FALSE(layers.pool.is_dropped(*layers.indexes.back()));
  EXPECT_FALSE(layers.pool.is_dropped(*layers.indexes.front(), CursorPool::Side::right));
}

}  // namespace
}  // namespace imgops
