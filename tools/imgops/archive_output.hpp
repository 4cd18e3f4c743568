// Images and trees on their way out: into archives, other layouts, files or stdout.
#pragma once

#include "libimgops/ops/operation.hpp"
#include "libimgops/transfer/archive_writer.hpp"
#include "libimgops/tree/tree.hpp"
#include "tools/imgops/context.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace imgops::cli {

// "oci:DIR:REF", "docker-archive:FILE:NAME", "oci-archive:FILE:NAME". Throws
// Error(invalid_argument) for anything else, and without a name.
Revision parse_output(std::string_view word);

// `root` and all below it from `blobs` to `output`: into the layout, which is made when it is not
// there, or as an archive.
void write_output(Context& context, const Revision& output, const BlobSource& blobs,
                  const Descriptor& root);

// Whether what is written to `path` can appear whole: it is a file or not there; not "-", a pipe or
// a device.
bool is_plain_file(const std::string& path);

// Runs `write` with a sink: the file at `path`, which appears whole or not at all, or stdout for
// "-". Throws Error(invalid_argument) when that is a terminal.
void write_stream(Context& context, const std::string& path,
                  const std::function<void(Sink&)>& write);

// All of `tree` as one plain archive. Returns the number of bytes.
std::uint64_t write_tree_archive(const Operation& operation, const Tree& tree, Sink& sink);

}  // namespace imgops::cli
