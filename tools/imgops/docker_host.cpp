#include "tools/imgops/docker_host.hpp"

#include <cstdlib>

namespace imgops::cli {

std::string docker_host() {
  const char* const chosen = std::getenv("DOCKER_HOST");  // NOLINT(concurrency-mt-unsafe)
  if (chosen != nullptr && *chosen != '\0') return chosen;
  return "unix:///var/run/docker.sock";
}

}  // namespace imgops::cli
