// libcurl, opened when a daemon is first spoken to (shared_library.hpp). Private to the room.
#pragma once

#include <curl/curl.h>

namespace imgops {

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

// Throws Error(unavailable) when it is not installed. Thread-safe.
const CurlLibrary& curl_library();

}  // namespace imgops
