#include "libimgops/base/digest.hpp"

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace imgops {
namespace {

std::optional<unsigned> hexadecimal_digit(char character) noexcept {
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a') + 10U;
  return std::nullopt;
}

}  // namespace

Digest::Digest(DigestAlgorithm algorithm, ByteView value) : algorithm_(algorithm) {
  assert(value.size() == size());
  std::copy_n(value.begin(), std::min(value.size(), size()), value_.begin());
}

std::optional<Digest> Digest::try_parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, colon);
  const std::string_view hexadecimal = text.substr(colon + 1);
  DigestAlgorithm algorithm{};
  if (name == "sha256" && hexadecimal.size() == 64) {
    algorithm = DigestAlgorithm::sha256;
  } else if (name == "sha512" && hexadecimal.size() == 128) {
    algorithm = DigestAlgorithm::sha512;
  } else {
    return std::nullopt;
  }
  std::array<std::byte, 64> value{};
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    const auto high = hexadecimal_digit(hexadecimal[i]);
    const auto low = hexadecimal_digit(hexadecimal[i + 1]);
    if (!high || !low) return std::nullopt;
    value[i / 2] = static_cast<std::byte>((*high << 4U) | *low);
  }
  return Digest(algorithm, ByteView(value).first(hexadecimal.size() / 2));
}

Digest Digest::parse(std::string_view text, std::string_view subject) {
  if (auto digest = try_parse(text)) return *digest;
  throw Error(reject(DiagnosticCode::digest_form, "J13",
                     std::string(subject) + ": not a digest: \"" + printable(text) + "\""));
}

std::string_view Digest::algorithm_name() const noexcept {
  return algorithm_ == DigestAlgorithm::sha256 ? "sha256" : "sha512";
}

std::string Digest::hexadecimal() const {
  return to_hexadecimal(value());
}

std::string Digest::to_string() const {
  return std::string(algorithm_name()) + ":" + hexadecimal();
}

std::string Digest::short_text() const {
  return to_hexadecimal(value().first(6));
}

Digest chain_id(std::span<const DiffId> layers) {
  assert(!layers.empty());
  Digest chain = layers.front().digest;
  for (const DiffId& layer : layers.subspan(1)) {
    chain = digest_of(as_bytes(chain.to_string() + " " + layer.digest.to_string()));
  }
  return chain;
}

}  // namespace imgops

std::size_t std::hash<imgops::Digest>::operator()(const imgops::Digest& digest) const noexcept {
  std::size_t result = 0;
  std::memcpy(&result, digest.value().data(), sizeof result);
  return result;
}
