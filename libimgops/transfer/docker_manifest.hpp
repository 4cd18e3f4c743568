// manifest.json of a docker-archive: which members are the configuration and the layers of each
// image. Source: Docker image specification v1.2, "manifest.json"; semantics A02–A15.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Names of members are as written, not judged here.
struct DockerManifestEntry {
  std::string configuration;
  std::vector<std::string> names;   // RepoTags as Docker shows them; may be empty
  std::vector<std::string> layers;  // bottom first; names may repeat (A06)
};

// Throws Error(corrupt) when it is not of that form, and for names that Docker refuses (A14).
std::vector<DockerManifestEntry> parse_docker_manifest(std::string_view text);
// Compact, "RepoTags" null where there are none.
std::string print_docker_manifest(std::span<const DockerManifestEntry> entries);

}  // namespace imgops
