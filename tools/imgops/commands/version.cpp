// imgops version: of the program and the libraries it runs with.
#include "libimgops/codec/codec.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"

#include <archive.h>
#include <boost/version.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <zstd.h>

namespace imgops::cli {
namespace {

Json libraries() {
  Json json = Json::object();
  json["boost"] = fmt::format("{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
  json["codec"] = decoder_version();
  json["fmt"] =
      fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  json["libarchive"] = ARCHIVE_VERSION_STRING;
  json["nlohmann-json"] = fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                      NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
  json["openssl"] = OpenSSL_version(OPENSSL_VERSION_STRING);
  json["zstd"] = ZSTD_versionString();
  return json;
}

}  // namespace

void declare_version(Declarations&) {}

int run_version(const Options&, Context& context) {
  if (context.wants_json()) {
    Json body = Json::object();
    body["version"] = IMGOPS_VERSION;
    body["libraries"] = libraries();
    body["features"] = {"oci", "oci-archive", "docker-archive", "gzip", "zstd"};
    print_document(context, "version", body);
    return 0;
  }
  std::string text = fmt::format("imgops {}\n", IMGOPS_VERSION);
  const Json all = libraries();
  for (const auto& [name, version] : all.items()) {
    text += fmt::format("  {:<14} {}\n", name, version.get<std::string>());
  }
  context.output().text(text);
  return 0;
}

}  // namespace imgops::cli
