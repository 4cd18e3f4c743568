#include "tests/semantics/naive_tar.hpp"

#include <cstdlib>
#include <map>

namespace imgops::naive {
namespace {

constexpr std::size_t block = 512;

std::string text_field(std::string_view header, std::size_t at, std::size_t size) {
  const std::string_view field = header.substr(at, size);
  return std::string(field.substr(0, field.find('\0')));
}

std::int64_t number_field(std::string_view header, std::size_t at, std::size_t size) {
  const auto first = static_cast<unsigned char>(header[at]);
  if ((first & 0x80U) != 0) {
    std::int64_t value = (first & 0x40U) != 0 ? -1 : 0;
    for (std::size_t index = 1; index < size; ++index) {
      value = value * 256 + static_cast<unsigned char>(header[at + index]);
    }
    return value;
  }
  return std::strtoll(text_field(header, at, size).c_str(), nullptr, 8);
}

void check_sum(std::string_view header) {
  std::int64_t sum = 0;
  for (std::size_t index = 0; index < block; ++index) {
    sum += index >= 148 && index < 156 ? ' ' : static_cast<unsigned char>(header[index]);
  }
  if (sum != number_field(header, 148, 8)) throw BadArchive("wrong checksum");
}

story::Records records_of(std::string_view text) {
  story::Records records;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) throw BadArchive("bad record");
    const auto length =
        static_cast<std::size_t>(std::atoll(std::string(text.substr(0, blank)).c_str()));
    if (length <= blank || length > text.size()) throw BadArchive("bad record");
    const std::string_view record = text.substr(blank + 1, length - blank - 2);
    const std::size_t equals = record.find('=');
    records.emplace_back(record.substr(0, equals), record.substr(equals + 1));
    text.remove_prefix(length);
  }
  return records;
}

Timestamp time_of(const std::string& text) {
  const std::size_t dot = text.find('.');
  Timestamp time{std::atoll(text.substr(0, dot).c_str()), 0};
  if (dot == std::string::npos) return time;
  std::string fraction = text.substr(dot + 1);
  fraction.resize(9, '0');
  time.nanoseconds = static_cast<std::uint32_t>(std::atoll(fraction.c_str()));
  return time;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  TarArchive read() {
    TarArchive archive;
    while (at_ + block <= bytes_.size() && !is_zero(bytes_.substr(at_, block))) {
      archive.members.push_back(next());
    }
    archive.end = bytes_.substr(at_);
    return archive;
  }

 private:
  static bool is_zero(std::string_view text) {
    return text.find_first_not_of('\0') == std::string_view::npos;
  }

  std::string_view take(std::size_t size) {
    if (bytes_.size() - at_ < size) throw BadArchive("archive ends early");
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }

  std::string_view take_padded(std::size_t size) {
    const std::string_view body = take(size);
    take((block - size % block) % block);
    return body;
  }

  TarMember next() {
    const std::size_t start = at_;
    TarMember member;
    std::string long_name;
    std::string long_link;
    for (;;) {
      const std::string_view header = take(block);
      check_sum(header);
      const char type = header[156];
      if (type != 'x' && type != 'g' && type != 'L' && type != 'K') {
        fill(member, header, long_name, long_link);
        member.bytes = bytes_.substr(start, at_ - start);
        member.headers = member.bytes.substr(0, header_bytes_ - start);
        return member;
      }
      member.extension_types += type;
      const std::string_view body =
          take_padded(static_cast<std::size_t>(number_field(header, 124, 12)));
      if (type == 'x') {
        member.extension_name = text_field(header, 0, 100);
        member.said.pax = records_of(body);  // a second header replaces the first
      }
      if (type == 'L') long_name = body.substr(0, body.find('\0'));
      if (type == 'K') long_link = body.substr(0, body.find('\0'));
    }
  }

  void fill(TarMember& member, std::string_view header, const std::string& long_name,
            const std::string& long_link) {
    header_bytes_ = at_;
    story::Member& said = member.said;
    said.type = header[156];
    said.name = text_field(header, 0, 100);
    member.magic = header.substr(257, 8);
    const std::string prefix = text_field(header, 345, 155);
    if (member.magic.substr(0, 6) == std::string("ustar\0", 6) && !prefix.empty()) {
      said.name = prefix + "/" + said.name;
    }
    said.link = text_field(header, 157, 100);
    if (!long_name.empty()) said.name = long_name;
    if (!long_link.empty()) said.link = long_link;
    said.mode = number_field(header, 100, 8);
    said.uid = number_field(header, 108, 8);
    said.gid = number_field(header, 116, 8);
    said.mtime = {number_field(header, 136, 12), 0};
    member.uname = text_field(header, 265, 32);
    member.gname = text_field(header, 297, 32);
    if (said.type == '3' || said.type == '4') {
      said.major = static_cast<std::uint32_t>(number_field(header, 329, 8));
      said.minor = static_cast<std::uint32_t>(number_field(header, 337, 8));
    }
    std::int64_t size = number_field(header, 124, 12);
    apply(said, size);
    if (said.type == '0' || said.type == '\0') {
      said.body = take_padded(static_cast<std::size_t>(size));
    }
  }

  // The last value of a key counts, an empty one unsets it.
  static void apply(story::Member& said, std::int64_t& size) {
    std::map<std::string, std::string> records;
    for (const auto& [key, value] : said.pax) records[key] = value;
    for (const auto& [key, value] : records) {
      if (value.empty()) continue;
      if (key == "path") said.name = value;
      if (key == "linkpath") said.link = value;
      if (key == "uid") said.uid = std::atoll(value.c_str());
      if (key == "gid") said.gid = std::atoll(value.c_str());
      if (key == "size") size = std::atoll(value.c_str());
      if (key == "mtime") said.mtime = time_of(value);
      if (key.rfind("SCHILY.xattr.", 0) == 0) said.xattrs[key.substr(13)] = value;
    }
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t header_bytes_ = 0;
};

}  // namespace

TarArchive read_tar(std::string_view bytes) {
  return Reader(bytes).read();
}

std::vector<story::Member> members_of(const TarArchive& archive) {
  std::vector<story::Member> members;
  for (const TarMember& member : archive.members) members.push_back(member.said);
  return members;
}

}  // namespace imgops::naive
