// Bytes that are stored and never seen: the sums, the rules for them, the screen.
// Source: command-line §13.2.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/ops/layer_report.hpp"
#include "tools/imgops/options.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

struct WasteSums {
  std::uint64_t hidden_bytes = 0;
  std::uint64_t deleted_bytes = 0;
  std::uint64_t rewritten_bytes = 0;
  std::uint64_t metadata_only_bytes = 0;
  std::uint64_t above_base_hidden = 0;  // of what layers above the base wrote
  std::uint64_t above_base_unpacked = 0;
  // As dive counts: every copy of a path that has several, the surviving one included; and the
  // share of bytes that would do if each path had its smallest copy only.
  std::uint64_t inefficient_bytes = 0;
  double efficiency = 1;
};
WasteSums waste_sums(const ImageReport& report, std::size_t base_layers);

// --max-hidden, --max-hidden-percent, --min-efficiency. The rules that fail, as sentences.
std::vector<std::string> failed_rules(const Context& context, const Options& options,
                                      const ImageReport& report, const WasteSums& sums);

struct WasteScreen {
  std::string name;
  Image image;
  ImageReport report;
  std::optional<BaseMatch> base;
  WasteSums sums;
  std::vector<std::string> failures;
};
std::string waste_text(const Context& context, const WasteScreen& screen);
Json waste_json(const WasteScreen& screen);

}  // namespace imgops::cli
