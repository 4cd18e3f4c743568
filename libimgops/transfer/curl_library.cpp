#include "libimgops/transfer/curl_library.hpp"

#include "libimgops/transfer/shared_library.hpp"

namespace imgops {
namespace {

CurlLibrary load() {
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

}  // namespace

const CurlLibrary& curl_library() {
  static const CurlLibrary curl = load();
  return curl;
}

}  // namespace imgops
