#include "tests/support/made_package.hpp"

namespace imgops::testing {
namespace {

std::string field(std::string text, std::size_t width) {
  text.resize(width, ' ');
  return text;
}

}  // namespace

std::string make_ar(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string archive = "!<arch>\n";
  for (const auto& [name, body] : members) {
    archive += field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) +
               field("100644", 8) + field(std::to_string(body.size()), 10) + "`\n" + body;
    if (body.size() % 2 == 1) archive += '\n';
  }
  return archive;
}

std::string MadeDeb::bytes() const {
  RawTar control;
  for (const auto& [name, body] : documents) control.file("./" + name, body);
  return make_ar({{"debian-binary", "2.0\n"}, {"control.tar", control.end()}, {"data.tar", data}});
}

std::string control_document(std::string_view name, std::string_view version,
                             std::string_view more) {
  return "Package: " + std::string(name) + "\nVersion: " + std::string(version) +
         "\nArchitecture: amd64\nMaintainer: a\n" + std::string(more) + "Description: d\n";
}

}  // namespace imgops::testing
