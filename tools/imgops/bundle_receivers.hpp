// The places a bundle is applied to: a layout, an archive of the old images, a docker daemon.
#pragma once

#include "libimgops/transfer/bundle_receiver.hpp"
#include "tools/imgops/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

struct AppliedImage {
  std::string name;
  std::optional<std::string> old_digest;  // what the name was before; nullopt: nothing
  std::string new_digest;                 // of the manifest; where there are none, the image's id
};

struct Applied {
  std::vector<AppliedImage> images;
  std::uint64_t bytes = 0;  // of new blobs, or of the archive
};

struct BundleApplication {
  const Bundle& bundle;
  std::vector<BundleImage> images;
  bool is_forced = false;  // names that are elsewhere move, too
  bool is_dry_run = false;
};

// All throw what bundle_receiver.hpp says, and Error(conflict) naming the first name that is
// neither absent nor at the old image.
Applied apply_to_layout(Context& context, const BundleApplication& application);
// `from` has the old images; `to` becomes an archive of the new ones. "-" is a standard stream.
Applied apply_to_archive(Context& context, const BundleApplication& application,
                         const std::string& from, const std::string& to);
Applied apply_to_daemon(Context& context, const BundleApplication& application,
                        const std::string& host);

}  // namespace imgops::cli
