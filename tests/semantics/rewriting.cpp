#include "tests/semantics/rewriting.hpp"

#include "libimgops/base/error.hpp"
#include "tests/semantics/writer_rules.hpp"
#include "tests/support/story_member.hpp"

#include <fmt/format.h>

namespace imgops::test {
namespace {

void add(std::vector<std::string>& lines, const std::string& what,
         const std::vector<std::string>& found) {
  for (const std::string& line : found) lines.push_back(what + ": " + line);
}

// What a layer of ours may still be told: both findings are about what stands below it.
bool may_be_said(const Diagnostic& diagnostic) {
  return diagnostic.level == DiagnosticLevel::note ||
         diagnostic.code == DiagnosticCode::root_meta ||
         diagnostic.code == DiagnosticCode::dir_xattr;
}

}  // namespace

struct Rewriting::Range {
  std::size_t first;
  std::size_t last;
  Tree lower;
  Tree upper;
  PlainTree plain_lower;
  PlainTree plain_upper;
};

Rewriting::Rewriting(const std::vector<story::Layer>& layers)
    : layers_(layers), stack_(story::build(layers)) {
  for (const story::BuiltLayer& layer : story::build(layers)) {
    try {
      sources_.push_back(naive::read_tar(layer.archive));
    } catch (const naive::BadArchive&) {
      sources_.emplace_back();
    }
  }
}

Rewriting::Range Rewriting::open(std::size_t first, std::size_t last) {
  SilentObserver silent;
  const Tree lower = stack_.apply(Tree(), 0, first, silent);
  const Tree upper = stack_.apply(lower, first, last, silent);
  return {first, last, lower, upper, stack_.plain(lower), stack_.plain(upper)};
}

naive::TarArchive Rewriting::write(std::size_t first, std::size_t last) {
  const Range range = open(first, last);
  return naive::read_tar(stack_.write(range.lower, range.upper, 1).blob);
}

std::string Rewriting::listing(std::size_t first, std::size_t last) {
  try {
    std::string text = "written:\n";
    for (const naive::TarMember& member : write(first, last).members) {
      text += "  " + story::member_text(member.said) + "\n";
    }
    return text;
  } catch (const std::exception& error) {
    return error.what();
  }
}

void Rewriting::check_trees(const Range& range, const Written& written,
                            std::vector<std::string>& lines) {
  Collector collector;
  SilentObserver silent;
  const Tree after = stack_.apply(range.lower, written.layer, collector);
  add(lines, "read back", differences(range.plain_upper, stack_.plain(after), Times::clamped));
  for (const Diagnostic& diagnostic : collector.diagnostics()) {
    if (!may_be_said(diagnostic)) lines.push_back("said of our layer: " + to_sentence(diagnostic));
  }
  const Tree whole = stack_.apply(range.upper, range.last, size(), silent);
  const Tree rest = stack_.apply(after, range.last, size(), silent);
  add(lines, "layers above", differences(stack_.plain(whole), stack_.plain(rest), Times::clamped));
  if (stack_.write(range.lower, after, 1).blob != written.blob) {
    lines.push_back("a second run gives other bytes");
  }
}

void Rewriting::check_model(const Range& range, const naive::TarArchive& archive,
                            std::vector<std::string>& lines) const {
  naive::Names lower = naive::empty_view();
  for (std::size_t at = 0; at < range.first; ++at) {
    lower = naive::apply_layer(lower, layers_[at].members);
  }
  // Records are applied already; those of the reader's values must not be applied twice.
  std::vector<story::Member> members = naive::members_of(archive);
  for (story::Member& member : members) member.pax.clear();
  try {
    const PlainTree seen = naive::to_plain(naive::apply_layer(lower, members));
    add(lines, "naive model", differences(range.plain_upper, seen, Times::clamped));
  } catch (const naive::Rejected& rejected) {
    lines.push_back(std::string("naive model rejects: ") + rejected.what());
  }
}

void Rewriting::check_bytes(const Range& range, const Written& written,
                            std::vector<std::string>& lines) {
  if (stack_.write(range.lower, range.upper, 16).blob != written.blob) {
    lines.push_back("16 threads give other bytes");
  }
  const std::string gzip = stack_.write(range.lower, range.upper, 1, Compression::gzip).blob;
  if (stack_.write(range.lower, range.upper, 16, Compression::gzip).blob != gzip) {
    lines.push_back("16 threads give other compressed bytes");
  }
}

std::vector<std::string> Rewriting::faults(std::size_t first, std::size_t last) {
  std::vector<std::string> lines;
  try {
    const Range range = open(first, last);
    const Written written = stack_.write(range.lower, range.upper, 1);
    const naive::TarArchive archive = naive::read_tar(written.blob);
    add(lines, "rule", violations(archive, range.plain_lower, range.plain_upper, sources_));
    check_trees(range, written, lines);
    check_model(range, archive, lines);
    check_bytes(range, written, lines);
  } catch (const std::exception& error) {
    lines.push_back(std::string("thrown: ") + error.what());
  }
  return lines;
}

}  // namespace imgops::test
