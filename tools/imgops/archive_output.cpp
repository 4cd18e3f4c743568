// A tree becomes an archive by the layer writer: it is the plan of the layer that makes the tree
// out of nothing, written without compression into a store whose only blob is the stream.
#include "tools/imgops/archive_output.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/repository/transaction.hpp"
#include "libimgops/store/closure.hpp"
#include "tools/imgops/write_result.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace imgops::cli {
namespace {

// A store that passes what is written on to a sink and keeps nothing.
class StreamBlobs final : public BlobStore {
 public:
  explicit StreamBlobs(Sink& sink) : sink_(sink) {}
  std::unique_ptr<RandomAccess> find(const Digest&) const override { return nullptr; }
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override {
    return std::make_unique<Writer>(sink_, algorithm);
  }

 private:
  class Writer final : public BlobWriter {
   public:
    Writer(Sink& sink, DigestAlgorithm algorithm) : sink_(sink), hasher_(algorithm) {}
    void write(ByteView bytes) override {
      sink_.write(bytes);
      hasher_.update(bytes);
      size_bytes_ += bytes.size();
    }
    Digest commit() override { return hasher_.finish(); }
    void commit_as(const Digest& expected) override {
      if (hasher_.finish() != expected) {
        throw Error(ErrorKind::corrupt, "the stream has another digest than expected");
      }
    }
    std::uint64_t size_bytes() const noexcept override { return size_bytes_; }

   private:
    Sink& sink_;
    DigestHasher hasher_;
    std::uint64_t size_bytes_ = 0;
  };
  Sink& sink_;
};

// Ends the work between two writes when the user asks for it.
class StoppingSink final : public Sink {
 public:
  StoppingSink(Sink& sink, const Context& context) : sink_(sink), context_(context) {}
  void write(ByteView bytes) override {
    context_.check_stop();
    sink_.write(bytes);
  }

 private:
  Sink& sink_;
  const Context& context_;
};

Place& open_or_make_layout(Context& context, const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) Repository::initialise(path);
  return context.layout(path);
}

}  // namespace

Revision parse_output(std::string_view word) {
  Revision output = parse_revision(word, {});
  if (output.transport == Transport::selected_layout || !output.suffixes.empty()) {
    throw Error(ErrorKind::invalid_argument, fmt::format("-o: '{}' is no place", printable(word)),
                "oci:DIR:REF, docker-archive:FILE:NAME or oci-archive:FILE:NAME");
  }
  if (output.name.empty()) {
    throw Error(ErrorKind::invalid_argument, fmt::format("-o: '{}' has no name", printable(word)));
  }
  check_new_name(output.name);
  return output;
}

void write_output(Context& context, const Revision& output, const BlobSource& blobs,
                  const Descriptor& root) {
  if (output.transport == Transport::oci) {
    Place& place = open_or_make_layout(context, output.place);
    copy_closure(blobs, place.repository()->blobs(), root, output.text, context.stop());
    const NamedDescriptor named{output.name, root};
    move_names(context, place, std::span(&named, 1));
    return;
  }
  const ExportedName exported{output.name, root};
  write_stream(context, output.place,
               [&](Sink& sink) { write_image_archive(blobs, std::span(&exported, 1), sink); });
}

bool is_plain_file(const std::string& path) {
  std::error_code absent;
  const auto status = std::filesystem::status(path, absent);
  return path != "-" &&
         (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status));
}

void write_stream(Context& context, const std::string& path,
                  const std::function<void(Sink&)>& write) {
  if (path == "-") {
    if (context.environment().output_is_terminal) {
      throw Error(ErrorKind::invalid_argument, "an archive is not written to a terminal",
                  "-o FILE, or redirect the output");
    }
    StoppingSink sink(context.output(), context);
    write(sink);
    context.output().flush();  // before anybody says that it is done
    return;
  }
  if (!is_plain_file(path)) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));  // NOLINT(*-vararg)
    if (!file) throw_system_error(path);
    Output output(file.get());
    StoppingSink sink(output, context);
    write(sink);
    output.flush();
    return;
  }
  const std::filesystem::path directory = std::filesystem::absolute(path).parent_path();
  NewFile file(directory);
  StoppingSink sink(file, context);
  write(sink);
  context.check_strict();
  file.publish(path, NewFile::Existing::replace);
}

std::uint64_t write_tree_archive(const Operation& operation, const Tree& tree, Sink& sink) {
  const Tree nothing;
  const ChangeSet changes = compare(nothing, tree, operation.layers, {}, operation.stop);
  const std::vector<PlannedMember> plan = plan_layer(tree, changes);
  StreamBlobs stream(sink);
  const EncoderOptions plain{Compression::none, 0};
  return with_context(operation.subject, [&] {
    return write_layer(stream, plan, operation.layers, operation.workers, operation.observer, plain,
                       MediaFamily::oci, operation.stop)
        .archive_bytes;
  });
}

}  // namespace imgops::cli
