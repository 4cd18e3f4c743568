#include "tests/support/raw_tar.hpp"

#include <algorithm>

namespace imgops::testing {
namespace {

constexpr std::size_t block_bytes = 512;

void put(std::string& block, std::size_t offset, std::size_t width, std::string_view value) {
  const std::string_view part = value.substr(0, width);
  block.replace(offset, part.size(), part);
}

// Digits that fill the field but for a NUL.
std::string octal(std::uint64_t value, std::size_t width) {
  std::string digits(width, '\0');
  for (std::size_t i = width - 1; i-- > 0; value /= 8) {
    digits[i] = static_cast<char>('0' + value % 8);
  }
  return digits;
}

void put_number(std::string& block, std::size_t offset, std::size_t width, std::uint64_t value,
                const std::optional<std::string>& field) {
  put(block, offset, width, field ? *field : octal(value, width));
}

void put_magic(std::string& block, RawDialect dialect) {
  switch (dialect) {
    case RawDialect::v7:
      break;
    case RawDialect::ustar:
      put(block, 257, 8, std::string_view("ustar\00000", 8));
      break;
    case RawDialect::gnu:
      put(block, 257, 8, std::string_view("ustar  \0", 8));
      break;
    case RawDialect::star:
      put(block, 257, 8, std::string_view("ustar\00000", 8));
      put(block, 508, 4, std::string_view("tar\0", 4));
      break;
  }
}

std::string checksum(const std::string& block) {
  std::uint64_t sum = 0;
  for (const char character : block) sum += static_cast<unsigned char>(character);
  return octal(sum, 7) + ' ';
}

std::string text_of(const RawRecords& records) {
  std::string text;
  for (const auto& [key, value] : records) text += pax_record(key, value);
  return text;
}

}  // namespace

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;  // blank, "=", line feed
  std::size_t length = rest;
  while (length != rest + std::to_string(length).size()) {
    length = rest + std::to_string(length).size();
  }
  std::string record = std::to_string(length) + ' ';
  record.append(key).append("=").append(value).append("\n");
  return record;
}

std::string base_256(std::int64_t value, std::size_t width) {
  std::string field(width, value < 0 ? '\xFF' : '\0');
  auto bits = static_cast<std::uint64_t>(value);
  for (std::size_t i = width; i-- > 0 && width - i <= 8; bits >>= 8U) {
    field[i] = static_cast<char>(bits & 0xFFU);
  }
  field[0] = static_cast<char>(static_cast<unsigned char>(field[0]) | 0x80U);
  return field;
}

std::string raw_header(const RawMember& member) {
  std::string block(block_bytes, '\0');
  put(block, 0, 100, member.name);
  put_number(block, 100, 8, member.mode, member.mode_field);
  put_number(block, 108, 8, member.uid, member.uid_field);
  put_number(block, 116, 8, member.gid, member.gid_field);
  put_number(block, 124, 12, member.size.value_or(member.body.size()), member.size_field);
  put_number(block, 136, 12, member.mtime, member.mtime_field);
  put(block, 148, 8, "        ");
  block[156] = member.type;
  put(block, 157, 100, member.link_name);
  if (member.dialect != RawDialect::v7) {
    put_number(block, 329, 8, member.device_major, member.device_field);
    put_number(block, 337, 8, member.device_minor, {});
  }
  put(block, 345, 155, member.prefix);
  put_magic(block, member.dialect);
  put(block, 148, 8, member.checksum_field ? *member.checksum_field : checksum(block));
  return block;
}

RawTar& RawTar::add(const RawMember& member) {
  if (!member.records.empty()) records(member.records);
  bytes_ += raw_header(member);
  bytes_ += member.body;
  return pad();
}

RawTar& RawTar::file(std::string_view name, std::string_view body) {
  RawMember member;
  member.name = name;
  member.body = body;
  return add(member);
}

RawTar& RawTar::directory(std::string_view name) {
  RawMember member;
  member.name = name;
  member.type = '5';
  member.mode = 0755;
  return add(member);
}

RawTar& RawTar::symlink(std::string_view name, std::string_view target) {
  RawMember member;
  member.name = name;
  member.type = '2';
  member.mode = 0777;
  member.link_name = target;
  return add(member);
}

RawTar& RawTar::hard_link(std::string_view name, std::string_view target) {
  RawMember member;
  member.name = name;
  member.type = '1';
  member.link_name = target;
  return add(member);
}

RawTar& RawTar::records(const RawRecords& records) {
  return extension('x', text_of(records));
}

RawTar& RawTar::global_records(const RawRecords& records) {
  return extension('g', text_of(records));
}

RawTar& RawTar::extension(char type, std::string_view text) {
  RawMember member;
  member.name = "extension";
  member.type = type;
  member.body = text;
  return add(member);
}

RawTar& RawTar::raw(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

RawTar& RawTar::zero_blocks(std::size_t count) {
  bytes_.append(count * block_bytes, '\0');
  return *this;
}

RawTar& RawTar::pad() {
  bytes_.append((block_bytes - bytes_.size() % block_bytes) % block_bytes, '\0');
  return *this;
}

std::string RawTar::end() const {
  return bytes_ + std::string(2 * block_bytes, '\0');
}

}  // namespace imgops::testing
