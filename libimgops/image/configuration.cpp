#include "libimgops/image/configuration.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/document.hpp"

namespace imgops {
namespace {

std::vector<DiffId> parse_diff_ids(const Json& configuration, std::string_view subject) {
  const Json* const root = find_field(configuration, "rootfs");
  if (root == nullptr) return {};
  const std::string place = std::string(subject) + ": rootfs";
  require_object(*root, place);
  check_spelling(*root, {"type", "diff_ids"}, place);
  const std::string type = find_string(*root, "type", place).value_or("");
  if (type != "layers") {
    throw Error(reject(DiagnosticCode::rootfs_type, "J07",
                       place + ": type is \"" + printable(type) + R"(", not "layers")"));
  }
  std::vector<DiffId> result;
  if (find_field(*root, "diff_ids") == nullptr) return result;
  for (const Json& item : array_field(*root, "diff_ids", place)) {
    const std::string position = place + ": diff_id " + std::to_string(result.size() + 1);
    if (!item.is_string()) throw Error(ErrorKind::corrupt, position + ": not a string");
    result.push_back({Digest::parse(item.get_ref<const std::string&>(), position)});
  }
  return result;
}

std::vector<HistoryEntry> parse_history(const Json& configuration, std::string_view subject) {
  std::vector<HistoryEntry> result;
  if (find_field(configuration, "history") == nullptr) return result;
  const std::string place = std::string(subject) + ": history ";
  for (const Json& item : array_field(configuration, "history", subject)) {
    result.push_back(HistoryEntry::from_json(item, place + std::to_string(result.size() + 1)));
  }
  return result;
}

}  // namespace

Configuration parse_configuration(std::string_view text, std::string_view subject) {
  Configuration result;
  result.json = parse_json(text, subject);
  require_object(result.json, subject);
  check_spelling(result.json,
                 {"architecture", "os", "variant", "created", "config", "rootfs", "history"},
                 subject);
  result.platform =
      with_context(std::string(subject), [&] { return Platform::from_json(result.json); });
  result.created = find_string(result.json, "created", subject).value_or("");
  result.diff_ids = parse_diff_ids(result.json, subject);
  result.history = parse_history(result.json, subject);
  return result;
}

}  // namespace imgops
