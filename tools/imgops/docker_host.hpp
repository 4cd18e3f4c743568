// Where the docker daemon is.
#pragma once

#include <string>

namespace imgops::cli {

// DOCKER_HOST as docker's own client reads it, else the usual socket.
std::string docker_host();

}  // namespace imgops::cli
