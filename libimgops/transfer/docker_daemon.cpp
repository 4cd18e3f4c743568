// libcurl speaks the protocol (real-parts §12); a request is made and dropped. Answers that are
// documents are kept, an archive goes straight into its sink.
#include "libimgops/transfer/docker_daemon.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#ifdef IMGOPS_WITH_CURL
#include "libimgops/transfer/shared_library.hpp"

#include <curl/curl.h>
#endif

namespace imgops {
namespace {

constexpr std::uint64_t answer_limit_bytes = std::uint64_t{64} << 20;

bool is_path(std::string_view host) {
  return host.starts_with('/') || host.starts_with("unix://");
}

void check_host(const std::string& host) {
  if (is_path(host) || host.starts_with("tcp://") || host.starts_with("http://")) return;
  throw Error(ErrorKind::invalid_argument,
              fmt::format("daemon host '{}': unknown form", printable(host)),
              "unix:///var/run/docker.sock or tcp://HOST:PORT");
}

Json parse_answer(const std::string& text, const std::string& host) {
  try {
    return parse_json(text, "answer");
  } catch (const Error& error) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", host, error.what()));
  }
}

// What the daemon says of a failure, or nothing.
std::string message_of(const std::string& text) {
  try {
    const Json json = parse_json(text, "answer");
    if (json.is_object()) {
      if (const auto message = find_string(json, "message", "answer")) return printable(*message);
    }
  } catch (const Error&) {
    return printable(text.substr(0, 200));  // no document: told as it is
  }
  return {};
}

}  // namespace

#ifdef IMGOPS_WITH_CURL
namespace {

// The functions of libcurl that are used, as its manual has them, without "curl_" in front.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_easy_escape) easy_escape = nullptr;
  decltype(&::curl_free) free = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

CurlLibrary load_curl_library() {
  const SharedLibrary library("libcurl.so.4", "speaking to a daemon", "libcurl4");
  CurlLibrary curl;
  library.find("curl_easy_init", curl.easy_init);
  library.find("curl_easy_cleanup", curl.easy_cleanup);
  library.find("curl_easy_setopt", curl.easy_setopt);
  library.find("curl_easy_perform", curl.easy_perform);
  library.find("curl_easy_getinfo", curl.easy_getinfo);
  library.find("curl_easy_strerror", curl.easy_strerror);
  library.find("curl_easy_escape", curl.easy_escape);
  library.find("curl_free", curl.free);
  library.find("curl_slist_append", curl.slist_append);
  library.find("curl_slist_free_all", curl.slist_free_all);
  return curl;
}

const CurlLibrary& curl_library() {
  static const CurlLibrary curl = load_curl_library();
  return curl;
}

struct Answer {
  long status = 0;
  std::string text;  // unless it went into a sink
};

// One exchange. Exceptions must not pass through libcurl: kept here, thrown afterwards.
class Exchange {
 public:
  Exchange(const std::string& host, const std::string& path, std::stop_token stop)
      : host_(host), stop_(std::move(stop)), curl_(curl_library().easy_init()) {
    if (!curl_) throw std::bad_alloc();
    std::string url = "http://daemon";
    if (is_path(host)) {
      const std::string socket = host.starts_with('/') ? host : host.substr(7);
      set(CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    } else {
      url = "http://" + host.substr(host.find("://") + 3);
    }
    set(CURLOPT_URL, (url + path).c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_PROTOCOLS_STR, "http");
    set(CURLOPT_WRITEFUNCTION, take);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, watch);
    set(CURLOPT_XFERINFODATA, this);
  }

  std::string escaped(const std::string& text) const {
    const CurlLibrary& curl = curl_library();
    const std::unique_ptr<char, decltype(curl.free)> result(
        curl.easy_escape(curl_.get(), text.data(), static_cast<int>(text.size())), curl.free);
    if (!result) throw std::bad_alloc();
    return result.get();
  }
  void into(Sink& sink) { sink_ = &sink; }
  void send(const RandomAccess& body) {
    body_ = &body;
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size_bytes()));
    set(CURLOPT_READFUNCTION, give);
    set(CURLOPT_READDATA, this);
    const auto append = curl_library().slist_append;
    headers_.reset(append(nullptr, "Content-Type: application/x-tar"));
    headers_.reset(append(headers_.release(), "Expect:"));
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  Answer run() {
    const CURLcode code = curl_library().easy_perform(curl_.get());
    if (failure_) std::rethrow_exception(failure_);
    if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    if (code != CURLE_OK) {
      const bool is_silent = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
      throw Error(
          ErrorKind::unavailable,
          fmt::format("{}: {}", printable(host_),
                      is_silent ? "no docker daemon answers" : curl_library().easy_strerror(code)),
          is_silent ? "--daemon-host HOST or DOCKER_HOST says where it is" : "");
    }
    answer_.status = status();
    return std::move(answer_);
  }

 private:
  struct FreeHeaders {
    void operator()(curl_slist* list) const { curl_library().slist_free_all(list); }
  };
  struct EndExchange {
    void operator()(CURL* exchange) const { curl_library().easy_cleanup(exchange); }
  };

  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_library().easy_setopt(curl_.get(), option, value) == CURLE_OK) return;
    throw Error(ErrorKind::unavailable, fmt::format("{}: libcurl refuses", printable(host_)));
  }

  long status() const {
    long value = 0;
    curl_library().easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &value);
    return value;
  }

  static std::size_t take(char* bytes, std::size_t, std::size_t count, void* self) {
    auto* const exchange = static_cast<Exchange*>(self);
    try {
      const std::string_view piece(bytes, count);
      if (exchange->sink_ != nullptr && exchange->status() == 200) {
        exchange->sink_->write(as_bytes(piece));
      } else if (exchange->answer_.text.size() + count > answer_limit_bytes) {
        throw Error(ErrorKind::unavailable, exchange->host_ + ": its answer is too long");
      } else {
        exchange->answer_.text += piece;
      }
      return count;
    } catch (...) {
      exchange->failure_ = std::current_exception();
      return 0;
    }
  }

  static std::size_t give(char* buffer, std::size_t, std::size_t size, void* self) {
    auto* const exchange = static_cast<Exchange*>(self);
    try {
      const std::size_t count = exchange->body_->read_at(
          exchange->sent_, std::as_writable_bytes(std::span(buffer, size)));
      exchange->sent_ += count;
      return count;
    } catch (...) {
      exchange->failure_ = std::current_exception();
      return CURL_READFUNC_ABORT;
    }
  }

  static int watch(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(self)->stop_.stop_requested() ? 1 : 0;
  }

  const std::string& host_;
  std::stop_token stop_;
  std::unique_ptr<CURL, EndExchange> curl_;
  std::unique_ptr<curl_slist, FreeHeaders> headers_;
  Sink* sink_ = nullptr;
  const RandomAccess* body_ = nullptr;
  std::uint64_t sent_ = 0;
  Answer answer_;
  std::exception_ptr failure_;
};

std::string escaped(const std::string& host, const std::string& text) {
  return Exchange(host, "/", {}).escaped(text);
}

[[noreturn]] void fail(const std::string& host, const std::string& what, const Answer& answer) {
  const std::string said = message_of(answer.text);
  throw Error(ErrorKind::unavailable,
              fmt::format("{}: {}: {}", printable(host), what,
                          said.empty() ? fmt::format("status {}", answer.status) : said));
}

}  // namespace

DockerDaemon::DockerDaemon(std::string host, std::stop_token stop)
    : host_(std::move(host)), stop_(std::move(stop)) {
  check_host(host_);
}

std::optional<DaemonImage> DockerDaemon::find_image(const std::string& name) const {
  const Answer answer = Exchange(host_, "/images/" + escaped(host_, name) + "/json", stop_).run();
  if (answer.status == 404) return std::nullopt;
  if (answer.status != 200) fail(host_, "image " + printable(name), answer);
  const Json json = parse_answer(answer.text, host_);
  try {
    DaemonImage image{string_field(require_object(json, "image"), "Id", "image"), {}};
    const Json& root = field(json, "RootFS", "image");
    if (find_field(root, "Layers") == nullptr) return image;  // none
    for (const Json& layer : array_field(root, "Layers", "image")) {
      if (!layer.is_string()) throw Error(ErrorKind::corrupt, "image: a layer is no text");
      image.diff_ids.push_back({Digest::parse(layer.get<std::string>(), "image")});
    }
    return image;
  } catch (const Error& error) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", printable(host_), error.what()));
  }
}

std::vector<std::string> DockerDaemon::image_ids() const {
  const Answer answer = Exchange(host_, "/images/json", stop_).run();
  if (answer.status != 200) fail(host_, "images", answer);
  const Json json = parse_answer(answer.text, host_);
  std::vector<std::string> ids;
  try {
    if (!json.is_array()) throw Error(ErrorKind::corrupt, "images: no list");
    for (const Json& image : json) {
      ids.push_back(string_field(require_object(image, "images"), "Id", "images"));
    }
  } catch (const Error& error) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", printable(host_), error.what()));
  }
  return ids;
}

void DockerDaemon::save(std::span<const std::string> names, Sink& sink) const {
  std::string query;
  for (const std::string& name : names) {
    query += (query.empty() ? "?names=" : "&names=") + escaped(host_, name);
  }
  Exchange exchange(host_, "/images/get" + query, stop_);
  exchange.into(sink);
  const Answer answer = exchange.run();
  if (answer.status != 200) fail(host_, "save", answer);
}

void DockerDaemon::load(const RandomAccess& archive) const {
  Exchange exchange(host_, "/images/load?quiet=1", stop_);
  exchange.send(archive);
  const Answer answer = exchange.run();
  if (answer.status != 200) fail(host_, "load", answer);
  // One object a line; one of them may tell of a failure.
  for (std::string_view rest = answer.text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    const Json json = parse_answer(std::string(line), host_);
    if (!json.is_object()) continue;
    if (json.contains("errorDetail") || json.contains("error")) {
      const auto said = json.contains("error") ? json["error"] : json["errorDetail"];
      throw Error(
          ErrorKind::unavailable,
          fmt::format("{}: load: {}", printable(host_),
                      printable(said.is_string() ? said.get<std::string>() : print_json(said))));
    }
  }
}

#else

DockerDaemon::DockerDaemon(std::string host, std::stop_token) : host_(std::move(host)) {
  check_host(host_);
  throw Error(ErrorKind::unavailable,
              fmt::format("{}: this imgops was built without libcurl and speaks to no daemon",
                          printable(host_)),
              "docker save … | imgops bundle apply FILE --from - -o - | docker load");
}
std::optional<DaemonImage> DockerDaemon::find_image(const std::string&) const {
  return std::nullopt;
}
std::vector<std::string> DockerDaemon::image_ids() const {
  return {};
}
void DockerDaemon::save(std::span<const std::string>, Sink&) const {}
void DockerDaemon::load(const RandomAccess&) const {}

#endif

}  // namespace imgops
