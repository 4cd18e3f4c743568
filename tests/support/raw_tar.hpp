// Archives byte by byte, right or wrong: every field is written as the test says, and what it does
// not say is filled in as a sound archive has it.
//
//     const std::string archive = RawTar()
//                                     .directory("d/")
//                                     .add({.name = "d/f", .body = "text", .uid = 5})
//                                     .records({{"path", "long"}}).file("short", "text")
//                                     .end();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops::testing {

enum class RawDialect : std::uint8_t { v7, ustar, gnu, star };

using RawRecords = std::vector<std::pair<std::string, std::string>>;  // key and value, in order

// One member. Names and numbers longer than their fields are cut. The `…_field` members are the raw
// bytes of a field and win over the value beside them.
struct RawMember {
  std::string name = {};
  char type = '0';
  std::string body = {};  // written for every type, padded to blocks
  std::string link_name = {};
  std::uint32_t mode = 0644;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t mtime = 0;
  std::uint64_t device_major = 0;
  std::uint64_t device_minor = 0;
  std::string prefix = {};  // at 345, whatever the dialect
  RawDialect dialect = RawDialect::ustar;
  RawRecords records = {};                         // not empty: a pax header before the member
  std::optional<std::uint64_t> size = {};          // what the header claims; absent: the body's
  std::optional<std::string> size_field = {};      // 12 bytes
  std::optional<std::string> mode_field = {};      // 8
  std::optional<std::string> uid_field = {};       // 8
  std::optional<std::string> gid_field = {};       // 8
  std::optional<std::string> mtime_field = {};     // 12
  std::optional<std::string> device_field = {};    // 8, of the major number
  std::optional<std::string> checksum_field = {};  // 8
};

class RawTar {
 public:
  RawTar& add(const RawMember& member);

  // Short ways for common members: mode 0644 (0755), owner 0:0, mtime 0.
  RawTar& file(std::string_view name, std::string_view body = {});
  RawTar& directory(std::string_view name);  // as given: with or without the slash
  RawTar& symlink(std::string_view name, std::string_view target);
  RawTar& hard_link(std::string_view name, std::string_view target);

  // An extension header of its own: records of an `x` or `g`, or any text of any type.
  RawTar& records(const RawRecords& records);
  RawTar& global_records(const RawRecords& records);
  RawTar& extension(char type, std::string_view text);

  RawTar& raw(std::string_view bytes);
  RawTar& zero_blocks(std::size_t count);
  // Zeros up to the next block.
  RawTar& pad();

  // What was written so far, without and with the end mark of two zero blocks.
  const std::string& bytes() const noexcept { return bytes_; }
  std::string end() const;

 private:
  std::string bytes_;
};

// "LENGTH KEY=VALUE\n".
std::string pax_record(std::string_view key, std::string_view value);
// A number in GNU's binary form, for a field of `width` bytes.
std::string base_256(std::int64_t value, std::size_t width);
// The 512 bytes of a member's header alone.
std::string raw_header(const RawMember& member);

}  // namespace imgops::testing
