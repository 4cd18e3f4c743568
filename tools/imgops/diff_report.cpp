// Images of two places need one cache over the blobs of both. Parts of trees are compared as trees
// of their own: their nodes get names relative to the part, which are views into the old names.
#include "tools/imgops/diff_report.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/tree/resolve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace imgops::cli {
namespace {

// What lies at `path` as a tree: a directory's inside, or the root with a file called `name`.
Tree part_of(Tree tree, const DiffSide& side, std::string_view name) {
  if (!side.path) return tree;
  const Node* const top = resolve(tree, *side.path, LastComponent::follow);
  if (top == nullptr) {
    throw Error(ErrorKind::not_found, fmt::format("{}: no such path", printable(side.text)));
  }
  std::vector<Node> nodes;
  if (top->inode()->type() != FileType::directory) {
    nodes = {Tree().nodes().front(), top->renamed(name)};
    return {std::move(nodes), tree.owners()};
  }
  const std::size_t cut = top->path().empty() ? 0 : top->path().size() + 1;
  for (const Node& node : tree.subtree(top->path())) {
    nodes.push_back(node.renamed(node.path().size() < cut ? "" : node.path().substr(cut)));
  }
  return {std::move(nodes), tree.owners()};
}

std::uint64_t size_of(const Node* node) {
  const bool has_bytes = node != nullptr && node->inode()->type() == FileType::regular;
  return has_bytes ? node->inode()->content().size_bytes : 0;
}

}  // namespace

DiffReport::DiffReport(Context& context, DiffSide before, DiffSide after,
                       const CompareOptions& options)
    : before_(std::move(before)), after_(std::move(after)) {
  Operation operation = joint_operation(context);
  operation.subject = printable(before_.image.revision.text);
  Tree before_whole = view(operation, before_.image.image());
  operation.subject = printable(after_.image.revision.text);
  Tree after_whole = view(operation, after_.image.image());
  const std::string_view name = file_name(before_.path ? std::string_view(*before_.path) : "");
  before_tree_ = part_of(std::move(before_whole), before_, name);
  after_tree_ = part_of(std::move(after_whole), after_, name);
  files_ = with_context(printable(before_.text + ", " + after_.text), [&] {
    return compare(before_tree_, after_tree_, *layers_, options, context.stop());
  });
  if (!before_.path && !after_.path) {
    settings_ = compare_settings(before_.image.image(), after_.image.image());
  }
  summary_ = summarise(files_);
}

Operation DiffReport::joint_operation(Context& context) {
  std::vector<const BlobSource*> sources;
  std::optional<CacheLocation> location;
  for (Place* const place : {before_.image.place, after_.image.place}) {
    if (place == nullptr) continue;
    sources.push_back(&place->blobs());
    if (!location) location = place->cache_location();
  }
  blobs_ = std::make_unique<JoinedBlobs>(std::move(sources));
  scratch_ = std::make_unique<OverlayBlobs>(*blobs_);
  layers_ = std::make_unique<LayerCache>(*blobs_, std::move(location));
  return {*scratch_, *layers_, context.workers(), context.observer(), {}, context.stop()};
}

DiffSummary summarise(const ChangeSet& files) {
  DiffSummary summary;
  for (const Change& change : files) {
    if (change.before == nullptr) {
      ++summary.added;
    } else if (change.after == nullptr) {
      ++summary.deleted;
    } else {
      ++summary.modified;
    }
    const std::int64_t delta = size_delta(change);
    if (delta > 0) summary.bytes_added += static_cast<std::uint64_t>(delta);
    if (delta < 0) summary.bytes_removed += static_cast<std::uint64_t>(-delta);
  }
  return summary;
}

std::int64_t size_delta(const Change& change) {
  return static_cast<std::int64_t>(size_of(change.after)) -
         static_cast<std::int64_t>(size_of(change.before));
}

char status_letter(const Change& change) {
  if (change.before == nullptr) return 'A';
  return change.after == nullptr ? 'D' : 'M';
}

std::string difference_text(const Change& change) {
  std::vector<std::string_view> words;
  const auto add = [&words](bool differs, std::string_view word) {
    if (differs) words.push_back(word);
  };
  add(change.differences.type, "type");
  add(change.differences.mode, "mode");
  add(change.differences.owner, "owner");
  add(change.differences.mtime, "mtime");
  add(change.differences.xattrs, "xattrs");
  add(change.differences.link_target, "target");
  add(change.differences.device, "device");
  add(change.differences.content, "content");
  add(change.differences.links, "links");
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace imgops::cli
