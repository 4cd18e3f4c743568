// imgops factor: what images hold alike becomes their base.
#include "libimgops/ops/factor.hpp"

#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/factor_screen.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace imgops::cli {
namespace {

constexpr std::uint64_t usual_least_bytes = 1'000'000;

FactorOptions factor_options(const Options& options, const Context& context) {
  FactorOptions result;
  result.least_bytes = options.size_bytes("min").value_or(usual_least_bytes);
  result.one_layer = options.flag("one-layer");
  result.ignore_mtime = options.choice("ignore", {"mtime"}).has_value();
  result.message = options.text("message").value_or(
      fmt::format("imgops factor {}", fmt::join(options.operands("IMAGE"), " ")));
  const auto epoch = context.environment().source_date_epoch;
  if (epoch) result.created = to_rfc3339({*epoch, 0});
  result.verify = options.flag("verify");
  return result;
}

std::string base_name(const Options& options, const std::vector<FactoredName>& names) {
  const auto name = options.text("tag");
  if (!name) throw Error(ErrorKind::invalid_argument, "missing -t BASE");
  check_new_name(*name);
  if (std::ranges::find(names, *name, &FactoredName::name) != names.end()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is one of the images, and cannot be their base", *name));
  }
  return *name;
}

}  // namespace

void declare_factor(Declarations& declarations) {
  declarations.operands("IMAGE")
      .value("tag,t", "NEW", "name of the new base")
      .value("min", "SIZE", "of files in common, unpacked; less is not worth it (1MB)")
      .flag("one-layer", "make one layer of what is left of each image")
      .value("ignore", "mtime", "times alone make no difference")
      .value("message,m", "TEXT", "history text of the new layer")
      .flag("verify", "read the results back and compare the trees")
      .flag("dry-run,n", "compute the digests, write nothing");
  declare_encoder_options(declarations);
}

int run_factor(const Options& options, Context& context) {
  Place* place = nullptr;
  Factored factored;
  factored.names = select_names(context, options.operands("IMAGE"), place);
  factored.base_name = base_name(options, factored.names);
  factored.platforms = group_platforms(context, factored.names);
  ResultWriter writer(context, options, place, factored.base_name, factored.base_name);
  const Operation operation = writer.operation();
  const FactorOptions wanted = factor_options(options, context);
  factored.least_bytes = wanted.least_bytes;
  bool is_worth_it = false;
  for (FactoredPlatform& platform : factored.platforms) {
    platform.result = factor(operation, platform.images(), wanted);
    if (!platform.result.base) continue;
    is_worth_it = true;
    platform.shared_name = state_bases(context, *place, factored.base_name, platform.result);
  }
  if (is_worth_it) {
    const std::vector<NamedDescriptor> moves =
        store_factored(writer, factored.base_name, factored.names, factored.platforms);
    factored.base = moves.front().descriptor.digest();
    writer.commit(moves);
  }
  print_factored(context, factored);
  return is_worth_it ? 0 : 1;
}

}  // namespace imgops::cli
