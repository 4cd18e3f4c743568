// A note: totals, the reports of the layers, then each finding with the layer it is about. Sizes of
// blobs are not in it: they are in the image.
#include "libimgops/ops/image_summary.hpp"

#include "libimgops/layer/byte_code.hpp"
#include "libimgops/layer/diagnostic_code.hpp"

#include <mutex>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view note_kind = "summary-1";
constexpr std::size_t most_findings = 10'000;
constexpr std::size_t least_report_bytes = 6;

// Passes on what it hears, and remembers the findings.
class RememberingObserver final : public Observer {
 public:
  explicit RememberingObserver(Observer& observer) : observer_(observer) {}

  void diagnose(const Diagnostic& diagnostic) override {
    {
      const std::lock_guard lock(mutex_);
      if (findings_.size() <= most_findings) findings_.push_back(diagnostic);
    }
    observer_.diagnose(diagnostic);
  }
  void progress(std::string_view operation, std::string_view subject, std::uint64_t done,
                std::uint64_t total) override {
    observer_.progress(operation, subject, done, total);
  }
  // After the work.
  std::vector<Diagnostic> take() { return std::move(findings_); }

 private:
  Observer& observer_;
  std::mutex mutex_;
  std::vector<Diagnostic> findings_;
};

void put(ByteWriter& out, const LayerReport& layer) {
  out.number(layer.unpacked_bytes);
  out.number(layer.added);
  out.number(layer.modified);
  out.number(layer.deleted);
  out.number(layer.hidden_bytes);
  out.number(layer.repeats_bytes ? 1 : 0);
}

LayerReport take_report(ByteReader& in) {
  LayerReport layer;
  layer.unpacked_bytes = in.number();
  layer.added = in.number();
  layer.modified = in.number();
  layer.deleted = in.number();
  layer.hidden_bytes = in.number();
  layer.repeats_bytes = in.choice(true);
  return layer;
}

// The note, made that of `image`; nullopt when it is none.
std::optional<SummaryNote> find_summary(const Operation& operation, const Image& image) {
  const auto bytes = operation.layers.find_note(image.layers(), note_kind);
  if (!bytes) return std::nullopt;
  try {
    SummaryNote note = decode_summary(*bytes);
    if (note.summary.layers.size() != image.layers().size()) return std::nullopt;
    for (std::size_t number = 0; number < image.layers().size(); ++number) {
      const std::uint64_t stored_bytes = image.layers()[number].descriptor.size_bytes();
      note.summary.layers[number].stored_bytes = stored_bytes;
      note.summary.stored_bytes += stored_bytes;
    }
    return note;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string encode_summary(const SummaryNote& note) {
  ByteWriter out;
  out.number(note.summary.unpacked_bytes);
  out.number(note.summary.visible_bytes);
  out.number(note.summary.layers.size());
  for (const LayerReport& layer : note.summary.layers) put(out, layer);
  encode_diagnostics(out, note.findings);
  for (const Diagnostic& finding : note.findings) {
    out.number(finding.layer_index ? *finding.layer_index + 1 : 0);
    out.text(finding.layer);
  }
  return out.bytes();
}

SummaryNote decode_summary(std::string_view bytes) {
  ByteReader in(bytes);
  SummaryNote note;
  note.summary.unpacked_bytes = in.number();
  note.summary.visible_bytes = in.number();
  note.summary.layers.resize(in.count(least_report_bytes));
  for (LayerReport& layer : note.summary.layers) layer = take_report(in);
  note.findings = decode_diagnostics(in);
  for (Diagnostic& finding : note.findings) {
    const auto position = in.number_of<std::size_t>();
    if (position > 0) finding.layer_index = position - 1;
    finding.layer = in.text();
  }
  if (in.left() != 0) ByteReader::fail();
  return note;
}

ImageSummary summarize_layers(const Operation& operation, const Image& image) {
  if (auto known = find_summary(operation, image)) {
    for (const Diagnostic& finding : known->findings) operation.observer.diagnose(finding);
    return std::move(known->summary);
  }
  RememberingObserver observer(operation.observer);
  const Operation watched{operation.blobs,   operation.layers, operation.workers, observer,
                          operation.encoder, operation.stop,   operation.subject};
  ImageReport report = report_layers(watched, image);
  SummaryNote note{
      {std::move(report.layers), report.stored_bytes, report.unpacked_bytes, report.visible_bytes},
      observer.take()};
  if (note.findings.size() <= most_findings) {
    operation.layers.keep_note(image.layers(), note_kind, encode_summary(note));
  }
  return std::move(note.summary);
}

}  // namespace imgops
