#include "libimgops/image/platform.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"

#include <algorithm>
#include <vector>

namespace imgops {
namespace {

bool is_platform_word(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '.' || character == '_' ||
           character == '-';
  });
}

std::vector<std::string_view> split_at_slashes(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t slash = text.find('/'); slash != std::string_view::npos;
       slash = text.find('/')) {
    words.push_back(text.substr(0, slash));
    text.remove_prefix(slash + 1);
  }
  words.push_back(text);
  return words;
}

// The variant every reader supposes where none is written.
std::string_view effective_variant(const Platform& platform) {
  if (platform.variant.empty() && platform.architecture == "arm64") return "v8";
  return platform.variant;
}

}  // namespace

std::string Platform::to_string() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

Platform Platform::parse(std::string_view text) {
  const std::vector<std::string_view> words = split_at_slashes(text);
  const bool sound =
      (words.size() == 2 || words.size() == 3) && std::ranges::all_of(words, is_platform_word);
  if (!sound) {
    throw Error(ErrorKind::invalid_argument, "platform \"" + printable(text) + "\": not a platform",
                "write OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, like linux/arm64/v8");
  }
  return {std::string(words[0]), std::string(words[1]),
          words.size() == 3 ? std::string(words[2]) : std::string()};
}

Platform Platform::from_json(const Json& json) {
  constexpr std::string_view subject = "platform";
  require_object(json, subject);
  return {find_string(json, "os", subject).value_or(""),
          find_string(json, "architecture", subject).value_or(""),
          find_string(json, "variant", subject).value_or("")};
}

Json Platform::to_json() const {
  Json json = Json::object();
  json["architecture"] = architecture;
  json["os"] = os;
  if (!variant.empty()) json["variant"] = variant;
  return json;
}

bool matches(const Platform& wanted, const Platform& offered) {
  if (wanted.os != offered.os || wanted.architecture != offered.architecture) return false;
  return wanted.variant.empty() || effective_variant(wanted) == effective_variant(offered);
}

Platform host_platform() {
#if defined(__x86_64__)
  return {"linux", "amd64", ""};
#elif defined(__aarch64__)
  return {"linux", "arm64", "v8"};
#elif defined(__i386__)
  return {"linux", "386", ""};
#elif defined(__arm__)
  return {"linux", "arm", "v7"};
#elif defined(__powerpc64__)
  return {"linux", "ppc64le", ""};
#elif defined(__s390x__)
  return {"linux", "s390x", ""};
#elif defined(__riscv)
  return {"linux", "riscv64", ""};
#else
  return {"linux", "unknown", ""};
#endif
}

}  // namespace imgops
