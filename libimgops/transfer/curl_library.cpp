#include "libimgops/transfer/curl_library.hpp"

#include "libimgops/base/error.hpp"

#include <dlfcn.h>

namespace imgops {
namespace {

constexpr const char* file_name = "libcurl.so.4";

[[noreturn]] void throw_missing() {
  throw Error(ErrorKind::unavailable,
              std::string("speaking to a daemon needs ") + file_name + ", which cannot be loaded",
              "Debian has it in the package libcurl4");
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  // POSIX has the two sizes alike; C++ only allows the conversion.
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw_missing();
}

CurlLibrary load() {
  void* const library = dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw_missing();
  CurlLibrary curl;
  find(library, "curl_easy_init", curl.easy_init);
  find(library, "curl_easy_cleanup", curl.easy_cleanup);
  find(library, "curl_easy_setopt", curl.easy_setopt);
  find(library, "curl_easy_perform", curl.easy_perform);
  find(library, "curl_easy_getinfo", curl.easy_getinfo);
  find(library, "curl_easy_strerror", curl.easy_strerror);
  find(library, "curl_easy_escape", curl.easy_escape);
  find(library, "curl_free", curl.free);
  find(library, "curl_slist_append", curl.slist_append);
  find(library, "curl_slist_free_all", curl.slist_free_all);
  return curl;
}

}  // namespace

const CurlLibrary& curl_library() {
  static const CurlLibrary curl = load();
  return curl;
}

}  // namespace imgops
