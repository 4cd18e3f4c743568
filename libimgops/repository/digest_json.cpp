#include "libimgops/repository/digest_json.hpp"

namespace imgops {

Json to_json(const std::optional<Digest>& digest) {
  return digest ? Json(digest->to_string()) : Json(nullptr);
}

std::optional<Digest> find_digest(const Json& object, std::string_view key,
                                  std::string_view subject) {
  const auto text = find_string(object, key, subject);
  if (!text) return std::nullopt;
  return Digest::parse(*text, subject);
}

}  // namespace imgops
