// A list of what waits instead of recursion: depth is a stranger's choice. A document is looked
// into when its type is that of a manifest or an index, or unknown and its bytes are a JSON object;
// only in the first case is it a fault that it cannot be read.
#include "libimgops/repository/reach.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/media_type.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>

namespace imgops {
namespace {

enum class Look : std::uint8_t { never, if_it_parses, must_parse };

Look look_at(const std::string& media_type) {
  const auto type = parse_media_type(media_type);
  if (!type) return Look::if_it_parses;
  const bool lists = type->kind == MediaKind::manifest || type->kind == MediaKind::index;
  return lists ? Look::must_parse : Look::never;
}

bool begins_as_object(const RandomAccess& blob) {
  std::array<std::byte, 1> first{};
  return blob.read_at(0, first) == 1 && first[0] == std::byte{'{'};
}

// The text of a small JSON object; nullopt for anything else.
std::optional<std::string> read_object(const RandomAccess& blob, const std::string& subject) {
  if (blob.size_bytes() > manifest_limit_bytes || !begins_as_object(blob)) return std::nullopt;
  return read_all(blob, manifest_limit_bytes, subject);
}

std::optional<Digest> digest_in(const Json& object) {
  const auto found = object.find("digest");
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return Digest::try_parse(found->get_ref<const std::string&>());
}

std::string type_in(const Json& object) {
  const auto found = object.find("mediaType");
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Calls found(digest, media type) for each descriptor inside `json`. parse_json() bounds the depth.
template <class Function>
void for_each_descriptor(const Json& json, const Function& found) {
  if (json.is_object()) {
    if (const auto digest = digest_in(json)) found(*digest, type_in(json));
    for (const auto& [key, value] : json.items()) {
      if (key != "subject" && key != "annotations") for_each_descriptor(value, found);
    }
  } else if (json.is_array()) {
    for (const Json& value : json) for_each_descriptor(value, found);
  }
}

// Of a manifest or index; nullopt also for what is none, or is damaged.
std::optional<Digest> find_subject(const BlobSource& blobs, const StoredBlob& blob) {
  if (!blob.is_regular || blob.file.size_bytes > manifest_limit_bytes) return std::nullopt;
  try {
    const auto file = blobs.find(blob.digest);
    if (!file) return std::nullopt;
    const auto text = read_object(*file, "referrer");
    if (!text || text->find("\"subject\"") == std::string::npos) return std::nullopt;
    if (digest_of(as_bytes(*text), blob.digest.algorithm()) != blob.digest) return std::nullopt;
    const Json json = parse_json(*text, "referrer");
    const Json* const subject = find_field(json, "subject");
    return subject != nullptr && subject->is_object() ? digest_in(*subject) : std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return std::nullopt;
  }
}

}  // namespace

void Reach::add(const Descriptor& root) {
  waiting_.push_back({root.digest(), root.media_type()});
  work();
}

void Reach::add(const Digest& root) {
  waiting_.push_back({root, {}});
  work();
}

void Reach::add_referrers(std::span<const StoredBlob> blobs) {
  std::multimap<Digest, Digest> referrers;  // by subject
  for (const StoredBlob& blob : blobs) {
    if (contains(blob.digest)) continue;
    if (const auto subject = find_subject(blobs_, blob)) referrers.emplace(*subject, blob.digest);
  }
  for (bool grows = true; grows;) {
    grows = false;
    for (auto at = referrers.begin(); at != referrers.end();) {
      if (!contains(at->first)) {
        ++at;
        continue;
      }
      add(at->second);
      at = referrers.erase(at);
      grows = true;
    }
  }
}

void Reach::work() {
  while (!waiting_.empty()) {
    const Waiting next = std::move(waiting_.back());
    waiting_.pop_back();
    // Seen as a leaf before, it may now be called a manifest: the second look does no harm.
    const bool is_new = digests_.insert(next.digest).second;
    if (is_new || look_at(next.media_type) == Look::must_parse) {
      visit(next.digest, next.media_type);
    }
  }
}

void Reach::visit(const Digest& digest, const std::string& media_type) {
  const auto type = parse_media_type(media_type);
  if (type && type->kind == MediaKind::configuration) configurations_.push_back(digest);
  const Look look = look_at(media_type);
  if (look == Look::never) return;
  if (look == Look::must_parse && !looked_into_.insert(digest).second) return;
  try {
    const auto blob = blobs_.find(digest);
    if (!blob) return;
    const std::string subject = "document " + digest.to_string();
    const auto text = read_object(*blob, subject);
    if (!text) {
      if (look == Look::must_parse) unreadable_.push_back({digest, subject + ": no JSON object"});
      return;
    }
    if (digest_of(as_bytes(*text), digest.algorithm()) != digest) {
      unreadable_.push_back({digest, subject + ": digest differs"});
      return;
    }
    for_each_descriptor(parse_json(*text, subject),
                        [this](const Digest& child, std::string child_type) {
                          waiting_.push_back({child, std::move(child_type)});
                        });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    if (look == Look::must_parse) unreadable_.push_back({digest, error.what()});
  }
}

std::set<Digest> Reach::diff_ids() const {
  std::set<Digest> found;
  for (const Digest& configuration : configurations_) {
    try {
      const auto blob = blobs_.find(configuration);
      if (!blob || blob->size_bytes() > configuration_limit_bytes) continue;
      const Json json =
          parse_json(read_all(*blob, configuration_limit_bytes, "configuration"), "configuration");
      const Json* const rootfs = json.is_object() ? find_field(json, "rootfs") : nullptr;
      const Json* const ids =
          rootfs != nullptr && rootfs->is_object() ? find_field(*rootfs, "diff_ids") : nullptr;
      if (ids == nullptr || !ids->is_array()) continue;
      for (const Json& id : *ids) {
        const auto digest =
            id.is_string() ? Digest::try_parse(id.get_ref<const std::string&>()) : std::nullopt;
        if (digest) found.insert(*digest);
      }
    } catch (const Error& error) {
      // A damaged configuration costs its layers' cache, nothing else.
      if (error.kind() != ErrorKind::corrupt) throw;
    }
  }
  return found;
}

}  // namespace imgops
