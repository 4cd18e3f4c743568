#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/transfer/bundle.hpp"
#include "libimgops/transfer/delta_plan.hpp"
#include "libimgops/transfer/delta_reader.hpp"
#include "tests/fuzz/targets.hpp"

namespace imgops::fuzz {
namespace {

constexpr std::size_t seal_bytes = 32;
constexpr std::uint64_t result_bytes = 64;

// As somebody would seal it who altered it.
std::string sealed(std::string_view bytes) {
  if (bytes.size() < seal_bytes) return std::string(bytes);
  const std::string_view rest = bytes.substr(0, bytes.size() - seal_bytes);
  return std::string(rest) + std::string(as_text(digest_of(as_bytes(rest)).value()));
}

template <class Function>
void must_be_sound_or_refused(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported ||
                error.kind() == ErrorKind::not_found,
            "bundles are corrupt, unsupported, incomplete or sound");
  }
}

}  // namespace

void bundle(std::string_view bytes) {
  must_be_sound_or_refused([&] {
    const BundleIndex index = parse_bundle_index(bytes);
    const std::string text = print_bundle_index(index);
    require(print_bundle_index(parse_bundle_index(text)) == text, "an index comes back");
  });
  for (const std::string& file : {std::string(bytes), sealed(bytes)}) {
    must_be_sound_or_refused([&] { Bundle::open(std::make_shared<const StringAccess>(file)); });
  }
}

void delta(std::string_view bytes) {
  const std::string source = "0123456789abcdef0123456789abcdef";
  must_be_sound_or_refused([&] {
    const DeltaPlan plan = decode_plan(bytes, {source.size(), 4}, result_bytes);
    require(decode_plan(encode_plan(plan), {source.size(), 4}, result_bytes) == plan,
            "a plan comes back");
  });
  must_be_sound_or_refused([&] {
    StringSink sink;
    apply_delta(StringAccess(std::string(bytes)),
                {plain_source(std::make_shared<const StringAccess>(source)),
                 plain_source(std::make_shared<const StringAccess>("more"))},
                result_bytes, sink);
    require(sink.text().size() == result_bytes, "a delta makes what it promises");
  });
}

}  // namespace imgops::fuzz
