#include "libimgops/layer/diagnostic_code.hpp"

#include <utility>

namespace imgops {
namespace {

constexpr std::size_t least_diagnostic_bytes = 6;

}  // namespace

void encode_diagnostics(ByteWriter& out, const std::vector<Diagnostic>& diagnostics) {
  out.number(diagnostics.size());
  for (const Diagnostic& diagnostic : diagnostics) {
    out.number(static_cast<std::uint64_t>(diagnostic.code));
    out.number(static_cast<std::uint64_t>(diagnostic.level));
    out.text(diagnostic.row);
    out.text(diagnostic.path);
    out.text(diagnostic.message);
    out.text(diagnostic.hint);
  }
}

std::vector<Diagnostic> decode_diagnostics(ByteReader& in) {
  std::vector<Diagnostic> diagnostics(in.count(least_diagnostic_bytes));
  for (Diagnostic& diagnostic : diagnostics) {
    diagnostic.code = in.choice(DiagnosticCode::zstd_old);
    diagnostic.level = in.choice(DiagnosticLevel::reject);
    diagnostic.row = in.text();
    diagnostic.path = in.text();
    diagnostic.message = in.text();
    diagnostic.hint = in.text();
  }
  return diagnostics;
}

}  // namespace imgops
