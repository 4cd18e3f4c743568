// The figures of report_layers() without names and tree: what `history` shows, worked out once for
// each stack of layers. Source: command-line §13.1.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/layer_report.hpp"
#include "libimgops/ops/operation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct ImageSummary {
  std::vector<LayerReport> layers;  // bottom first
  std::uint64_t stored_bytes = 0;
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t visible_bytes = 0;
  friend bool operator==(const ImageSummary&, const ImageSummary&) = default;
};

// As report_layers(), findings included; when the cache of layers has it no layer is opened.
// Findings of an image that has very many are found again each time.
ImageSummary summarize_layers(const Operation& operation, const Image& image);

// A summary and the findings about its layers as the cache keeps them.
struct SummaryNote {
  ImageSummary summary;
  std::vector<Diagnostic> findings;
};
std::string encode_summary(const SummaryNote& note);
// Throws Error(corrupt) for whatever encode_summary() does not write.
SummaryNote decode_summary(std::string_view bytes);

}  // namespace imgops
