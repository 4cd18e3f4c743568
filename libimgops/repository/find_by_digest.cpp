// All that begins so is gathered first and judged afterwards: one prefix may be right for a
// manifest and for a layer. What leads to the same image or the same stack of layers is one
// candidate, under however many names and spellings it is found.
#include "libimgops/repository/find_by_digest.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/repository/revision_suffix.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace imgops {
namespace {

std::string_view without_at(std::string_view name) noexcept {
  if (name.starts_with('@')) name.remove_prefix(1);
  return name;
}

// "sha256:ab12" or "ab12".
bool begins_with(const Digest& digest, std::string_view prefix) {
  const bool has_algorithm = prefix.find(':') != std::string_view::npos;
  return (has_algorithm ? digest.to_string() : digest.hexadecimal()).starts_with(prefix);
}

class Search {
 public:
  Search(const Collection& collection, std::string_view prefix)
      : collection_(collection), prefix_(prefix) {}

  void look_at(const Descriptor& root) {
    for (const ListedManifest& listed : manifests_below(root)) {
      const Descriptor& manifest = listed.descriptor;
      if (!seen_.insert(manifest.digest()).second) continue;
      if (begins_with(manifest.digest(), prefix_)) add_whole("manifest", manifest);
      if (!is_listed_as_attachment(manifest)) look_inside(manifest);
    }
  }
  const std::map<std::string, std::pair<std::string, DigestMatch>>& found() const { return found_; }

 private:
  // A damaged index is still found by its own digest; whoever uses it is told what is wrong.
  std::vector<ListedManifest> manifests_below(const Descriptor& root) const {
    try {
      return list_manifests(collection_.blobs, root, collection_.subject);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::input_output) throw;
      return {ListedManifest{{}, root}};
    }
  }

  void look_inside(const Descriptor& manifest) {
    std::optional<Image> image;
    try {
      if (!may_hold(manifest)) return;
      image = load_image(collection_.blobs, manifest, collection_.subject);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::input_output) throw;
      return;  // artifacts and damaged images have a manifest's digest and no others
    }
    if (begins_with(image->configuration_descriptor().digest(), prefix_)) {
      add_whole("image id", manifest);
    }
    const std::vector<DiffId> diff_ids = image->diff_ids();
    for (std::size_t layer = 0; layer < diff_ids.size(); ++layer) {
      const Digest& blob = image->layers()[layer].descriptor.digest();
      const bool is_diff_id = begins_with(diff_ids[layer].digest, prefix_);
      if (!is_diff_id && !begins_with(blob, prefix_)) continue;
      const Digest& digest = is_diff_id ? diff_ids[layer].digest : blob;
      const Digest stack = chain_id(std::span(diff_ids).first(layer + 1));
      add("layers " + stack.to_string(),
          "layer " + digest.to_string() + " (number " + std::to_string(layer + 1) + " of " +
              manifest.digest().short_text() + ")",
          {manifest, layer + 1});
    }
  }

  // Most images have nothing that begins so.
  bool may_hold(const Descriptor& manifest) const {
    const ManifestParts parts = read_manifest(collection_.blobs, manifest, collection_.subject);
    const std::string_view digits = prefix_.substr(prefix_.find(':') + 1);
    return may_mention(parts.text, digits) ||
           may_mention(read_document(collection_.blobs, parts.configuration,
                                     configuration_limit_bytes, collection_.subject),
                       digits);
  }

  void add_whole(std::string_view what, const Descriptor& manifest) {
    add("image " + manifest.digest().to_string(),
        std::string(what) + " of " + manifest.digest().to_string(), {manifest, std::nullopt});
  }
  void add(const std::string& key, std::string description, DigestMatch match) {
    found_.try_emplace(key, std::move(description), std::move(match));
  }

  const Collection& collection_;
  std::string_view prefix_;
  std::set<Digest> seen_;
  // By what is reached: description and match.
  std::map<std::string, std::pair<std::string, DigestMatch>> found_;
};

// So many digits of one listed digest need no search: that anything else begins so is an accident
// nobody meets. To look would be to read every image of the layout.
constexpr std::size_t telling_digits = 12;

const Descriptor* find_listed(const Index& index, std::string_view prefix) {
  const Descriptor* found = nullptr;
  if (prefix.size() - (prefix.find(':') + 1) < telling_digits) return found;
  for (const Descriptor& listed : index.manifests()) {
    if (!begins_with(listed.digest(), prefix)) continue;
    if (found != nullptr && !(*found == listed)) return nullptr;
    if (found == nullptr) found = &listed;
  }
  return found;
}

}  // namespace

bool is_digest_name(std::string_view name) noexcept {
  const std::string_view text = without_at(name);
  if (text.starts_with("sha256:") || text.starts_with("sha512:")) {
    return is_digest_prefix(text.substr(7));
  }
  return name.starts_with('@') && is_digest_prefix(text);
}

bool may_mention(std::string_view document, std::string_view digits) noexcept {
  // Digits may also be written as escapes.
  return document.find(digits) != std::string_view::npos ||
         document.find("\\u00") != std::string_view::npos;
}

DigestMatch find_by_digest(const Collection& collection, std::string_view name) {
  const std::string_view prefix = without_at(name);
  if (const Descriptor* listed = find_listed(collection.index, prefix)) {
    return {*listed, std::nullopt};
  }
  Search search(collection, prefix);
  for (const Descriptor& root : collection.index.manifests()) search.look_at(root);
  const auto& found = search.found();
  if (found.size() == 1) return found.begin()->second.second;
  const std::string subject = printable(collection.subject) + ": " + printable(name);
  if (found.empty()) {
    throw Error(ErrorKind::not_found, subject + ": no manifest, image or layer begins so");
  }
  std::string candidates;
  for (const auto& [key, candidate] : found) {
    candidates += (candidates.empty() ? "" : ", ") + candidate.first;
  }
  throw Error(ErrorKind::ambiguous,
              subject + ": " + std::to_string(found.size()) + " things begin so", candidates);
}

}  // namespace imgops
