// The layers of an image are the lowest of another's when its ChainId is that of one of the other's
// beginnings: one look into a set. What load_platform() would not read, because it is listed for
// another platform, is not read here either.
#include "libimgops/repository/stack_filter.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

std::unordered_set<Digest> beginnings_of(const Image& image) {
  std::unordered_set<Digest> chains;
  std::optional<Digest> below;
  for (const ImageLayer& layer : image.layers()) {
    below = below ? chain_id(std::array{DiffId{*below}, layer.diff_id}) : layer.diff_id.digest;
    chains.insert(*below);
  }
  return chains;
}

// Whether load_platform() may choose what is listed so.
bool is_for(const Platform& wanted, const KnownChild& child) {
  return !child.platform || matches(wanted, *child.platform);
}

// The table of what a collection lists now: from an older one where it knows, else from the
// documents. What cannot be read stays unknown.
class Learner {
 public:
  Learner(const BlobSource& blobs, const Platform& platform, StackTable known)
      : blobs_(blobs), platform_(platform), known_(std::move(known)) {}

  void add(const Descriptor& root) {
    const auto subject = known_.subjects.find(root.digest());
    if (subject != known_.subjects.end()) table_.subjects.insert(*subject);
    try {
      is_index(root) ? add_index(root) : add_listed(root);
    } catch (const Error&) {
      return;  // whoever needs it meets the error again
    }
  }

  bool has_learned() const { return has_learned_; }
  StackTable take() { return std::move(table_); }

 private:
  void add_index(const Descriptor& root) {
    const auto known = known_.indexes.find(root.digest());
    if (known != known_.indexes.end()) keep(known->second);
    const bool is_complete = known != known_.indexes.end() &&
                             std::ranges::all_of(known->second, [&](const KnownChild& child) {
                               return !is_for(platform_, child) || is_known(child.digest);
                             });
    if (is_complete) {
      table_.indexes.insert(*known);
      return;
    }
    std::vector<KnownChild> children;
    std::vector<Descriptor> listed;
    for (const ListedManifest& below : list_manifests(blobs_, root, {})) {
      if (is_listed_as_attachment(below.descriptor)) continue;
      children.push_back({below.descriptor.digest(), below.descriptor.platform()});
      listed.push_back(below.descriptor);
    }
    if (known == known_.indexes.end()) has_learned_ = true;
    table_.indexes.insert_or_assign(root.digest(), std::move(children));
    for (const Descriptor& child : listed) add(child);
  }

  void keep(const std::vector<KnownChild>& children) {
    for (const KnownChild& child : children) {
      const auto known = known_.manifests.find(child.digest);
      if (known != known_.manifests.end()) table_.manifests.insert(*known);
    }
  }

  bool is_known(const Digest& digest) const { return table_.manifests.contains(digest); }

  void add_listed(const Descriptor& manifest) {
    if (is_known(manifest.digest())) return;
    const auto known = known_.manifests.find(manifest.digest());
    if (known != known_.manifests.end()) {
      table_.manifests.insert(*known);
      return;
    }
    if (is_listed_as_attachment(manifest)) return;
    if (!is_for(platform_, {manifest.digest(), manifest.platform()})) return;
    table_.manifests.emplace(manifest.digest(), read(manifest));
    has_learned_ = true;
  }

  KnownManifest read(const Descriptor& manifest) const {
    ManifestParts parts = read_manifest(blobs_, manifest, {});
    if (!parts.is_image) return {false, std::nullopt};
    std::string configuration =
        read_document(blobs_, parts.configuration, configuration_limit_bytes, {});
    const std::vector<DiffId> layers =
        Image::parse(std::move(parts.text), std::move(configuration), {}, manifest.media_type())
            .diff_ids();
    if (layers.empty()) return {true, std::nullopt};
    return {true, chain_id(layers)};
  }

  const BlobSource& blobs_;
  const Platform& platform_;
  StackTable known_;
  StackTable table_;
  bool has_learned_ = false;
};

}  // namespace

StackFilter::StackFilter(const Collection& collection, const Image& image)
    : passes_all_(!collection.cache), platform_(image.platform()) {
  if (passes_all_) return;
  chains_ = beginnings_of(image);
  Learner learner(collection.blobs, platform_, read_stacks(*collection.cache));
  for (const Descriptor& root : collection.index.manifests()) learner.add(root);
  const bool is_changed = learner.has_learned();
  table_ = learner.take();
  if (is_changed) write_stacks(*collection.cache, table_);
}

bool StackFilter::may_lead(const Descriptor& root) const {
  if (passes_all_) return true;
  if (!is_index(root)) {
    if (is_listed_as_attachment(root)) return false;
    return may_have_layers({root.digest(), root.platform()});
  }
  const auto known = table_.indexes.find(root.digest());
  return known == table_.indexes.end() ||
         std::ranges::any_of(known->second,
                             [&](const KnownChild& child) { return may_have_layers(child); });
}

bool StackFilter::may_have_layers(const KnownChild& child) const {
  if (!is_for(platform_, child)) return false;
  const auto known = table_.manifests.find(child.digest);
  if (known == table_.manifests.end()) return true;
  const KnownManifest& manifest = known->second;
  return manifest.is_image && (!manifest.chain || chains_.contains(*manifest.chain));
}

}  // namespace imgops
