// A docker-archive without an OCI index, given the manifests it lacks. Source: semantics A02–A15.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/image/descriptor.hpp"
#include "libimgops/transfer/docker_manifest.hpp"
#include "libimgops/transfer/outer_archive.hpp"

#include <map>
#include <string>
#include <vector>

namespace imgops {

struct DockerArchive {
  std::vector<Descriptor> manifests;        // one a name, named by ref.name; nameless ones once
  std::map<Digest, std::string> documents;  // the manifests made
  std::map<Digest, OuterFile> files;        // configurations and layers, as stored
};

// Layers have the digests their configuration promises, unproven, unless they are packed: those are
// read, once each. Tells `observer` CONFIG-NAME (A12). Throws Error(corrupt):
// OUTER-NAME, OUTER-DUPLICATE when two images have one name, DIFF-ID when counts differ, and what
// is wrong with the configurations.
DockerArchive describe_docker_archive(const OuterArchive& archive,
                                      const std::vector<DockerManifestEntry>& entries,
                                      Observer& observer);

}  // namespace imgops
