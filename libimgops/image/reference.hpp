// Names of images as users and archives write them. Source: OCI image-spec v1.1, annotations.md
// (ref.name); Docker's reference grammar for RepoTags.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// The ref grammar of the specification; foreign tools write others, which stay readable.
bool is_reference_name(std::string_view name) noexcept;
// "app:1" -> "app:1", "app" -> "app:latest". Nullopt when Docker would refuse the result (upper
// case, bad characters, a digest, what looks like an image id). For RepoTags.
std::optional<std::string> docker_reference(std::string_view name);
// With the registry and path that containerd wants, for io.containerd.image.name: "app:1" ->
// "docker.io/library/app:1", "localhost/app" -> "localhost/app:latest". Nullopt as above.
std::optional<std::string> full_reference(std::string_view name);
// The way people write it, without Docker's own registry and its library: "docker.io/library/app:1"
// -> "app:1", "docker.io/me/app:1" -> "me/app:1"; any other name as it is.
std::string familiar_reference(std::string_view name);

}  // namespace imgops
