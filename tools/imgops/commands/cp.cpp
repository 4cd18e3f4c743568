// imgops cp: files out of an image.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/copy_out.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

void report(Context& context, std::uint64_t files, std::uint64_t bytes) {
  if (context.wants_json()) {
    print_document(context, "cp", Json{{"files", files}, {"bytes", bytes}});
  } else {
    context.say_more(fmt::format("{}, {}", counted(files, "file"), shown_size(context, bytes)));
  }
}

int copy_into_archive(Context& context, const std::vector<std::string>& words,
                      const std::string& target) {
  std::vector<CopySource> sources;
  for (const std::string& word : words) sources.push_back(open_copy_source(context, word));
  std::uint64_t files = 0;
  for (const CopySource& source : sources) {
    for (const Node& node : source.tree.subtree(source.path)) {
      if (node.inode()->type() != FileType::directory) ++files;
    }
  }
  const std::uint64_t bytes = copy_to_archive(context, sources, target);
  if (target != "-") report(context, files, bytes);
  return 0;
}

}  // namespace

void declare_cp(Declarations& declarations) {
  declarations.operands("IMAGE:/PATH")
      .value("output,o", "TAR", "write one archive instead of files; - is stdout");
}

int run_cp(const Options& options, Context& context) {
  std::vector<std::string> words = options.operands("IMAGE:/PATH");
  if (const auto target = options.text("output")) return copy_into_archive(context, words, *target);
  if (words.size() < 2) throw Error(ErrorKind::invalid_argument, "missing DEST");
  const std::filesystem::path destination = words.back();
  words.pop_back();
  if (words.size() > 1 && !std::filesystem::is_directory(destination)) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is no directory", printable(destination.string())));
  }
  ExtractResult total;
  for (const std::string& word : words) {
    const CopySource source = open_copy_source(context, word);
    const ExtractResult result = copy_to_directory(context, source, destination);
    total.files += result.files;
    total.bytes += result.bytes;
  }
  report(context, total.files, total.bytes);
  return 0;
}

}  // namespace imgops::cli
