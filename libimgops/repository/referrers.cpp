#include "libimgops/repository/referrers.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/repository/find_by_digest.hpp"
#include "libimgops/repository/stack_table.hpp"

#include <optional>
#include <utility>

namespace imgops {
namespace {

std::optional<Digest> read_subject(const BlobSource& blobs, const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  if (!type || (type->kind != MediaKind::manifest && type->kind != MediaKind::index)) {
    return std::nullopt;
  }
  const std::string name = descriptor.digest().to_string();
  const std::string text = read_document(blobs, descriptor, manifest_limit_bytes, name);
  if (!may_mention(text, "subject")) return std::nullopt;
  const Json document = parse_json(text, name);
  const Json* const subject = document.is_object() ? find_field(document, "subject") : nullptr;
  if (subject == nullptr || !subject->is_object()) return std::nullopt;
  const auto digest = find_string(*subject, "digest", name);
  return digest ? Digest::try_parse(*digest) : std::nullopt;
}

}  // namespace

ReferrerList::ReferrerList(const Collection& collection) {
  StackTable table = collection.cache ? read_stacks(*collection.cache) : StackTable();
  const auto known = std::exchange(table.subjects, {});
  bool has_learned = false;
  for (const Descriptor& listed : collection.index.manifests()) {
    const auto found = known.find(listed.digest());
    std::optional<Digest> subject;
    if (found != known.end()) {
      subject = found->second;
    } else {
      try {
        subject = read_subject(collection.blobs, listed);
      } catch (const Error&) {
        continue;  // nobody's word: whoever needs the document meets the error
      }
      has_learned = true;
    }
    table.subjects.insert_or_assign(listed.digest(), subject);
    if (subject) listed_.push_back({listed, *subject});
  }
  if (collection.cache && has_learned) write_stacks(*collection.cache, table);
}

std::vector<Descriptor> ReferrerList::about(const std::set<Digest>& subjects) const {
  std::vector<Descriptor> found;
  for (const Listed& listed : listed_) {
    if (subjects.contains(listed.subject)) found.push_back(listed.descriptor);
  }
  return found;
}

}  // namespace imgops
