// A docker daemon, by its API over a socket: images found, saved and loaded, nothing else.
// Source: Docker Engine API 1.41; real-parts §4.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/stream.hpp"

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace imgops {

struct DaemonImage {
  std::string id;                // "sha256:…"
  std::vector<DiffId> diff_ids;  // bottom first
};

// Not thread-safe. Everything throws Error(unavailable), naming the host, when nobody answers there
// or the answer is none, with what the daemon says; Error(cancelled).
class DockerDaemon {
 public:
  // `host` is "unix:///path", "/path", "tcp://host:port" or "http://host:port"; nothing is spoken
  // yet. Throws Error(invalid_argument) for another form, Error(unavailable) when this build speaks
  // to no daemon.
  explicit DockerDaemon(std::string host, std::stop_token stop = {});

  const std::string& host() const noexcept { return host_; }
  // By name or id.
  std::optional<DaemonImage> find_image(const std::string& name) const;
  std::vector<std::string> image_ids() const;
  // `docker save`: one archive of all of them.
  void save(std::span<const std::string> names, Sink& sink) const;
  // `docker load`. The daemon answers 200 also when it fails; its answer is read to the end.
  void load(const RandomAccess& archive) const;

 private:
  std::string host_;
  std::stop_token stop_;
};

}  // namespace imgops
