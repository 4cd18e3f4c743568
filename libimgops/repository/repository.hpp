// A layout as a place of names: what it holds, who is called what, and the one way to change that.
// Source: OCI image-spec v1.1, image-layout.md; docs/repository.md for `.imgops/`.
#pragma once

#include "libimgops/base/timestamp.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/store/layout_blobs.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A name of the layout. Foreign tools write names outside the grammar; they are kept and readable.
struct NamedDescriptor {
  std::string name;       // org.opencontainers.image.ref.name
  Descriptor descriptor;  // as listed, annotations included
};

// The names in an index, in its order; entries without a name are left out. When a name occurs
// twice the first counts, as for umoci and skopeo.
std::vector<NamedDescriptor> names_of(const Index& index);
// Null when absent. For one name of an index, and for several of a list made once.
const Descriptor* find_name(const Index& index, std::string_view name);
const NamedDescriptor* find_name(std::span<const NamedDescriptor> names, std::string_view name);

class Transaction;

// Thread-safe for reading. Each call reads index.json as it is now, so what other programs write is
// seen; it is parsed again only when its bytes have changed.
class Repository {
 public:
  // Throws Error(not_found) when there is no layout, Error(corrupt) with LAYOUT (J14) when it is
  // not version 1.0.0 or a part of it is unreadable. Recovers from a killed transaction when
  // writable.
  explicit Repository(std::filesystem::path layout);

  // Makes an empty layout; directories are made. Throws Error(conflict) when `directory` is there
  // and not empty (a layout already there included).
  static void initialise(const std::filesystem::path& directory);
  // `start` or the nearest parent that holds an oci-layout file; nullopt when there is none.
  static std::optional<std::filesystem::path> discover(const std::filesystem::path& start);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path state_directory() const { return path_ / ".imgops"; }
  // Whether files can be made in it.
  bool is_writable() const;
  // What is written through it is safe from collectors of garbage until the repository is closed.
  LayoutBlobs& blobs() noexcept { return blobs_; }
  const LayoutBlobs& blobs() const noexcept { return blobs_; }
  Index index() const;
  std::vector<NamedDescriptor> names() const { return names_of(index()); }

 private:
  struct KnownIndex;
  std::filesystem::path path_;
  LayoutBlobs blobs_;
  static std::shared_ptr<KnownIndex> nothing_known();
  std::shared_ptr<KnownIndex> known_index_ = nothing_known();
};

}  // namespace imgops
