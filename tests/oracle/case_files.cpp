#include "tests/oracle/case_files.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

namespace imgops::test {
namespace {

std::string escaped(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:,";
  std::string result;
  for (const char character : text) {
    if (plain.find(character) != std::string_view::npos)
      result += character;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(character));
  }
  return result;
}

std::string line_of(const std::string& path, const PlainNode& node) {
  std::string line =
      fmt::format("path=/{} type={} mode={:04o} uid={} gid={} mtime={}.{:09} group=/{}",
                  escaped(path), node.type, node.mode, node.uid, node.gid, node.mtime.seconds,
                  node.mtime.nanoseconds, escaped(node.group));
  if (node.type == "file") {
    line += fmt::format(" size={} content={}", node.content.size(),
                        digest_of(as_bytes(node.content)).hexadecimal());
  }
  if (node.type == "symlink") line += " target=" + escaped(node.target);
  if (node.type == "character" || node.type == "block")
    line += fmt::format(" device={}:{}", node.device.first, node.device.second);
  for (const auto& [name, value] : node.xattrs)
    line += fmt::format(" xattr.{}={}", escaped(name), escaped(value));
  return line + (node.implied ? " implied\n" : "\n");
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void write_layer_file(const std::filesystem::path& directory, std::size_t number,
                      std::string_view archive) {
  write_file(directory / fmt::format("l{}.tar", number), archive);
}

std::string listing_of(const PlainTree& tree) {
  std::string lines;
  for (const auto& [path, node] : tree) lines += line_of(path, node);
  return lines;
}

}  // namespace imgops::test
