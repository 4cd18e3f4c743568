// The block of the file `stacks`, numbers and texts as byte_code.hpp has them:
//
//   count, then by digest   digest | 0: an artifact, 1: no layers, 2: layers | ChainId, if 2
//   count, then by digest   digest | count, then in order   digest | 1 os architecture variant, or
//   0
//   count, then by digest   digest | 0: about nothing, 1: about what follows | digest, if 1
//
// A digest is 0 for sha256 or 1 for sha512, and its bytes.
#include "libimgops/repository/stack_table.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/layer/byte_code.hpp"
#include "libimgops/layer/cache_folder.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace imgops {
namespace {

constexpr const char* file_name = "stacks";  // and what it is sealed as

constexpr std::size_t least_digest_bytes = 33;

enum class Layers : std::uint8_t { artifact, none, some };

void put(ByteWriter& out, const Digest& digest) {
  out.number(static_cast<std::uint64_t>(digest.algorithm()));
  out.raw(digest.value());
}

Digest take_digest(ByteReader& in) {
  const auto algorithm = in.choice(DigestAlgorithm::sha512);
  const std::size_t size = algorithm == DigestAlgorithm::sha256 ? 32 : 64;
  return {algorithm, as_bytes(in.raw(size))};
}

void put(ByteWriter& out, const KnownManifest& manifest) {
  const Layers layers = !manifest.is_image ? Layers::artifact
                        : !manifest.chain  ? Layers::none
                                           : Layers::some;
  out.number(static_cast<std::uint64_t>(layers));
  if (layers == Layers::some) put(out, *manifest.chain);
}

KnownManifest take_manifest(ByteReader& in) {
  const auto layers = in.choice(Layers::some);
  if (layers != Layers::some) return {layers != Layers::artifact, std::nullopt};
  return {true, take_digest(in)};
}

void put(ByteWriter& out, const std::vector<KnownChild>& children) {
  out.number(children.size());
  for (const KnownChild& child : children) {
    put(out, child.digest);
    out.number(child.platform ? 1 : 0);
    if (!child.platform) continue;
    out.text(child.platform->os);
    out.text(child.platform->architecture);
    out.text(child.platform->variant);
  }
}

std::vector<KnownChild> take_children(ByteReader& in) {
  std::vector<KnownChild> children;
  for (std::size_t left = in.count(least_digest_bytes + 1); left > 0; --left) {
    KnownChild child{take_digest(in), std::nullopt};
    if (in.choice(true)) {
      child.platform.emplace();
      child.platform->os = in.text();
      child.platform->architecture = in.text();
      child.platform->variant = in.text();
    }
    children.push_back(std::move(child));
  }
  return children;
}

void put(ByteWriter& out, const std::optional<Digest>& subject) {
  out.number(subject ? 1 : 0);
  if (subject) put(out, *subject);
}

template <class Value>
void put_sorted(ByteWriter& out, const std::unordered_map<Digest, Value>& map) {
  std::vector<const std::pair<const Digest, Value>*> sorted;
  for (const auto& entry : map) sorted.push_back(&entry);
  std::ranges::sort(sorted, {}, [](const auto* entry) { return entry->first; });
  out.number(sorted.size());
  for (const auto* const entry : sorted) {
    put(out, entry->first);
    put(out, entry->second);
  }
}

}  // namespace

std::string encode_stacks(const StackTable& table) {
  ByteWriter out;
  put_sorted(out, table.manifests);
  put_sorted(out, table.indexes);
  put_sorted(out, table.subjects);
  return out.bytes();
}

StackTable decode_stacks(std::string_view bytes) {
  ByteReader in(bytes);
  StackTable table;
  const std::size_t manifests = in.count(least_digest_bytes + 1);
  table.manifests.reserve(manifests);
  for (std::size_t number = 0; number < manifests; ++number) {
    const Digest digest = take_digest(in);
    table.manifests.emplace(digest, take_manifest(in));
  }
  for (std::size_t left = in.count(least_digest_bytes + 1); left > 0; --left) {
    const Digest digest = take_digest(in);
    table.indexes.emplace(digest, take_children(in));
  }
  for (std::size_t left = in.count(least_digest_bytes + 1); left > 0; --left) {
    const Digest digest = take_digest(in);
    std::optional<Digest> subject;
    if (in.choice(true)) subject = take_digest(in);
    table.subjects.emplace(digest, subject);
  }
  if (in.left() != 0) ByteReader::fail();
  return table;
}

StackTable read_stacks(const CacheLocation& location) {
  try {
    const CacheFolder folder(location);
    const auto file = folder.find(file_name);
    if (file == nullptr) return {};
    const auto block = folder.read_sealed(*file, {file_name, {}});
    return block ? decode_stacks(*block) : StackTable();
  } catch (const Error&) {
    return {};  // a cache that cannot be read is none
  }
}

void write_stacks(const CacheLocation& location, const StackTable& table) {
  try {
    const CacheFolder folder(location);
    const auto file = folder.create();
    folder.write_sealed(*file, encode_stacks(table), {file_name, {}});
    folder.publish(*file, file_name);
  } catch (const Error&) {
    return;  // the next run reads again what this one has read
  }
}

}  // namespace imgops
