#include "libimgops/install/dpkg_control.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/install/dpkg_paragraph.hpp"
#include "libimgops/packages/dependency.hpp"
#include "libimgops/packages/version.hpp"

#include <array>
#include <utility>

namespace imgops {
namespace {

constexpr auto relation_fields =
    std::to_array<std::string_view>({"Pre-Depends", "Depends", "Recommends", "Suggests", "Enhances",
                                     "Breaks", "Conflicts", "Replaces", "Provides"});

// One that dpkg cannot read would make the whole database unreadable.
void check_relations(const Paragraph& paragraph) {
  for (const std::string_view field : relation_fields) {
    for (const Dependency& dependency : parse_dependencies(paragraph.value(field))) {
      for (const PackageRelation& relation : dependency.alternatives) {
        if (relation.relation == VersionRelation::any || is_dpkg_version(relation.version)) {
          continue;
        }
        throw Error(ErrorKind::corrupt, "dependency that cannot be read: " + dependency.text);
      }
    }
  }
}

}  // namespace

Paragraph read_dpkg_control(std::string_view document, const std::string& subject) {
  ControlFile file = with_context(subject, [&] { return ControlFile::parse(document); });
  if (file.paragraphs.empty()) {
    throw Error(ErrorKind::corrupt, subject + ": control document is empty");
  }
  if (file.paragraphs.size() > 1) {
    throw Error(ErrorKind::corrupt, subject + ": control document speaks of several packages");
  }
  Paragraph& paragraph = file.paragraphs.front();
  if (!is_package_name(paragraph.value("Package")) ||
      !is_dpkg_version(paragraph.value("Version")) || paragraph.value("Architecture").empty()) {
    throw Error(ErrorKind::corrupt,
                subject + ": control document does not say name, version and architecture");
  }
  with_context(subject, [&] { check_relations(paragraph); });
  return std::move(paragraph);
}

}  // namespace imgops
