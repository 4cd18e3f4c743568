#include "libimgops/layer/span_encoder.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/splicing_encoder.hpp"
#include "libimgops/layer/archive_sink.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/run_splicer.hpp"

#include <algorithm>

namespace imgops {

struct SpanEncoder::State {
  State(Sink& sink, const LayerIndex& spans_of, LayerCache& cache, Workers& workers, int level,
        const std::stop_token& stop_token)
      : layer(spans_of),
        stop(stop_token),
        encoder(make_splicing_encoder(sink, workers, level)),
        archive(*encoder, workers, stop, ArchiveSink::Passing::at_once),
        splicer(cache, archive, *encoder, workers),
        cursor(cache.cursor(layer)) {}

  const LayerIndex& layer;
  std::stop_token stop;
  std::unique_ptr<SplicingEncoder> encoder;
  ArchiveSink archive;
  RunSplicer splicer;
  std::unique_ptr<ArchiveCursor> cursor;  // for what cannot be spliced
};

SpanEncoder::SpanEncoder(Sink& sink, const LayerIndex& layer, LayerCache& cache, Workers& workers,
                         int level, const std::stop_token& stop)
    : state_(std::make_unique<State>(sink, layer, cache, workers, level, stop)) {}

SpanEncoder::~SpanEncoder() = default;

void SpanEncoder::copy(std::uint64_t begin_bytes, std::uint64_t end_bytes) {
  const bool splices = state_->splicer.begin_run(state_->layer, begin_bytes, end_bytes);
  for (std::uint64_t at = begin_bytes; at < end_bytes;) {
    if (state_->stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    if (splices) {
      at += state_->splicer.pass(end_bytes - at).size();
      continue;
    }
    const ByteView view = read_of_layer(state_->layer, [&] { return state_->cursor->view_at(at); });
    if (view.empty()) throw changed_archive(state_->layer, "archive ends early");
    const ByteView piece =
        view.first(static_cast<std::size_t>(std::min<std::uint64_t>(view.size(), end_bytes - at)));
    state_->archive.write(piece);
    at += piece.size();
  }
  if (splices) state_->splicer.end_run();
}

void SpanEncoder::write(ByteView bytes) {
  state_->archive.write(bytes);
}

Digest SpanEncoder::finish() {
  const Digest digest = state_->archive.finish();
  state_->encoder->finish();
  return digest;
}

}  // namespace imgops
