#include "libimgops/repository/collection_memory.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/revision.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

namespace imgops {
namespace {

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

// Sorts what is listed by the layers it may have.
class Sorter {
 public:
  Sorter(const Platform& platform, LearnedStacks& learned)
      : platform_(platform), learned_(learned) {}

  void add(const Descriptor& root, std::size_t position) {
    if (!is_index(root)) {
      if (!is_listed_as_attachment(root)) {
        add_child({root.digest(), root.platform()}, position);
      }
      return;
    }
    const auto known = learned_.table.indexes.find(root.digest());
    if (known == learned_.table.indexes.end()) {
      put(learned_.unknown, position);
      return;
    }
    for (const KnownChild& child : known->second) add_child(child, position);
  }

 private:
  void add_child(const KnownChild& child, std::size_t position) {
    if (!is_for(platform_, child)) return;
    const auto known = learned_.table.manifests.find(child.digest);
    if (known == learned_.table.manifests.end()) {
      put(learned_.unknown, position);
    } else if (known->second.is_image) {
      const auto& chain = known->second.chain;
      put(chain ? learned_.by_chain[*chain] : learned_.unknown, position);
    }
  }

  // Several children of one index may have the same layers.
  static void put(std::vector<std::size_t>& positions, std::size_t position) {
    if (positions.empty() || positions.back() != position) positions.push_back(position);
  }

  const Platform& platform_;
  LearnedStacks& learned_;
};

}  // namespace

LearnedStacks learn_stacks(const Collection& collection, const Platform& platform) {
  Learner learner(collection.blobs, platform, read_stacks(*collection.cache));
  const std::vector<Descriptor>& listed = collection.index.manifests();
  for (const Descriptor& root : listed) learner.add(root);
  const bool is_changed = learner.has_learned();
  LearnedStacks learned{learner.take(), {}, {}};
  if (is_changed) write_stacks(*collection.cache, learned.table);
  Sorter sorter(platform, learned);
  std::unordered_set<std::string> names;
  for (std::size_t position = 0; position < listed.size(); ++position) {
    std::string name = listed[position].annotation(annotation_ref_name).value_or("");
    if (!name.empty() && !names.insert(std::move(name)).second) continue;
    sorter.add(listed[position], position);
  }
  return learned;
}

const Descriptor* CollectionMemory::find(const Index& index, std::string_view name) {
  const std::vector<Descriptor>& listed = index.manifests();
  if (!has_names_) {
    for (std::size_t position = 0; position < listed.size(); ++position) {
      auto own = listed[position].annotation(annotation_ref_name);
      if (own && !own->empty()) positions_.emplace(*std::move(own), position);
    }
    has_names_ = true;
  }
  const auto found = positions_.find(std::string(name));
  return found == positions_.end() ? nullptr : &listed[found->second];
}

std::shared_ptr<const LearnedStacks> CollectionMemory::stacks(const Collection& collection,
                                                              const Platform& platform) {
  const auto known = std::ranges::find(known_, platform, &Known::platform);
  if (known != known_.end()) return known->stacks;
  known_.push_back(
      {platform, std::make_shared<const LearnedStacks>(learn_stacks(collection, platform))});
  return known_.back().stacks;
}

}  // namespace imgops
