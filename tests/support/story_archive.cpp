// Values that fit their header fields go there; others into pax records, behind those the story
// gives.
#include "tests/support/story_archive.hpp"

#include "libimgops/base/compression.hpp"
#include "libimgops/codec/codec.hpp"
#include "tests/support/raw_tar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::story {
namespace {

using testing::RawMember;
using testing::RawTar;

constexpr std::size_t block_bytes = 512;
constexpr std::size_t name_field_bytes = 100;
constexpr std::int64_t largest_octal_id = 07777777;
constexpr std::int64_t largest_octal_time = 077777777777;

bool has_record(const Records& records, std::string_view key) {
  return std::any_of(records.begin(), records.end(),
                     [&](const auto& record) { return record.first == key; });
}

std::string time_text(const Timestamp& time) {
  std::int64_t seconds = time.seconds;
  std::uint32_t nanoseconds = time.nanoseconds;
  const bool negative = seconds < 0;
  if (negative && nanoseconds > 0) {
    seconds += 1;
    nanoseconds = 1'000'000'000 - nanoseconds;
  }
  std::string text = fmt::format("{}{}", negative ? "-" : "", negative ? -seconds : seconds);
  if (nanoseconds > 0) {
    text += fmt::format(".{:09}", nanoseconds);
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

// What a sparse file's member holds in place of the file: runs only, with a map somewhere.
struct SparseParts {
  Records records;
  std::string name;
  std::string body;
};

SparseParts sparse_parts(const Member& member) {
  SparseParts parts{{}, member.name, {}};
  std::string map = fmt::format("{}\n", member.runs.size());
  std::string list;
  for (const auto& [offset, data] : member.runs) {
    parts.body += data;
    map += fmt::format("{}\n{}\n", offset, data.size());
    list += fmt::format("{}{},{}", list.empty() ? "" : ",", offset, data.size());
  }
  const std::string size = std::to_string(member.body.size());
  const std::string count = std::to_string(member.runs.size());
  if (member.sparse == SparseForm::pax_0_0) {
    parts.records = {{"GNU.sparse.size", size}, {"GNU.sparse.numblocks", count}};
    for (const auto& [offset, data] : member.runs) {
      parts.records.emplace_back("GNU.sparse.offset", std::to_string(offset));
      parts.records.emplace_back("GNU.sparse.numbytes", std::to_string(data.size()));
    }
  } else if (member.sparse == SparseForm::pax_0_1) {
    parts.records = {{"GNU.sparse.size", size},
                     {"GNU.sparse.numblocks", count},
                     {"GNU.sparse.map", list},
                     {"GNU.sparse.name", member.name}};
    parts.name = "GNUSparseFile.0/" + member.name;
  } else if (member.sparse == SparseForm::pax_1_0) {
    parts.records = {{"GNU.sparse.major", "1"},
                     {"GNU.sparse.minor", "0"},
                     {"GNU.sparse.name", member.name},
                     {"GNU.sparse.realsize", size}};
    parts.name = "GNUSparseFile.0/" + member.name;
    map.resize((map.size() + block_bytes - 1) / block_bytes * block_bytes, '\0');
    parts.body = map + parts.body;
  }
  return parts;
}

class ArchiveBuilder {
 public:
  void add(const Member& member) {
    switch (member.form) {
      case Form::bytes:
        tar_.raw(member.body);
        return;
      case Form::global:
        tar_.global_records(member.pax);
        return;
      case Form::extension:
        tar_.records(member.pax);
        return;
      case Form::member:
        add_member(member);
        return;
    }
  }

  std::string finish(std::size_t end_blocks) {
    tar_.zero_blocks(end_blocks);
    return tar_.bytes();
  }

 private:
  void add_member(const Member& member) {
    RawMember raw = plain(member);
    Records records = member.pax;
    if (member.sparse != SparseForm::none) {
      SparseParts parts = sparse_parts(member);
      raw.name = parts.name;
      raw.body = parts.body;
      records.insert(records.end(), parts.records.begin(), parts.records.end());
    }
    add_names(member, raw, records);
    add_numbers(member, raw, records);
    for (const auto& [name, value] : member.xattrs) {
      records.emplace_back("SCHILY.xattr." + name, value);
    }
    if (!records.empty()) tar_.records(records);
    set_fields(member, raw);
    tar_.raw(with_owner_names(member, testing::raw_header(raw)));
    tar_.raw(raw.body).pad();
  }

  static RawMember plain(const Member& member) {
    RawMember raw;
    raw.name = member.name;
    raw.type = member.type;
    raw.body = member.body;
    raw.link_name = member.link;
    raw.mode = static_cast<std::uint32_t>(member.mode);
    raw.device_major = member.major;
    raw.device_minor = member.minor;
    raw.size = member.size;
    if (member.type == 'S') raw.dialect = testing::RawDialect::gnu;
    return raw;
  }

  void add_names(const Member& member, RawMember& raw, Records& records) {
    const bool long_name = raw.name.size() > name_field_bytes && !has_record(records, "path");
    const bool long_link =
        raw.link_name.size() > name_field_bytes && !has_record(records, "linkpath");
    if (member.gnu_names) {
      raw.dialect = testing::RawDialect::gnu;
      if (long_link) tar_.extension('K', raw.link_name + '\0');
      if (long_name) tar_.extension('L', raw.name + '\0');
      return;
    }
    if (long_name) records.emplace_back("path", raw.name);
    if (long_link) records.emplace_back("linkpath", raw.link_name);
  }

  static void add_numbers(const Member& member, RawMember& raw, Records& records) {
    raw.uid = static_cast<std::uint64_t>(member.uid);
    raw.gid = static_cast<std::uint64_t>(member.gid);
    if (member.uid < 0 || member.uid > largest_octal_id) {
      raw.uid_field = testing::base_256(member.uid, 8);
    }
    if (member.gid < 0 || member.gid > largest_octal_id) {
      raw.gid_field = testing::base_256(member.gid, 8);
    }
    const bool fits = member.mtime.seconds >= 0 && member.mtime.seconds <= largest_octal_time;
    raw.mtime = fits ? static_cast<std::uint64_t>(member.mtime.seconds) : 0;
    if ((!fits || member.mtime.nanoseconds > 0) && !has_record(records, "mtime")) {
      records.emplace_back("mtime", time_text(member.mtime));
    }
  }

  static void set_fields(const Member& member, RawMember& raw) {
    for (const auto& [field, bytes] : member.header) {
      if (field == "size")
        raw.size_field = bytes;
      else if (field == "mode")
        raw.mode_field = bytes;
      else if (field == "uid")
        raw.uid_field = bytes;
      else if (field == "gid")
        raw.gid_field = bytes;
      else if (field == "mtime")
        raw.mtime_field = bytes;
      else if (field == "checksum")
        raw.checksum_field = bytes;
      else if (field == "prefix")
        raw.prefix = bytes;
      else if (field != "uname" && field != "gname")
        throw BadStory("unknown header field " + field);
    }
  }

  static std::string with_owner_names(const Member& member, std::string header) {
    const auto user = member.header.find("uname");
    const auto group = member.header.find("gname");
    if (user == member.header.end() && group == member.header.end()) return header;
    if (user != member.header.end()) header.replace(265, user->second.size(), user->second);
    if (group != member.header.end()) header.replace(297, group->second.size(), group->second);
    header.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char character : header) sum += static_cast<unsigned char>(character);
    header.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    return header;
  }

  RawTar tar_;
};

std::size_t place(const std::string& bytes, std::int64_t offset) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t at = offset < 0 ? size + offset : offset;
  if (at < 0 || at > size) throw BadStory("edit outside the bytes");
  return static_cast<std::size_t>(at);
}

void edit(std::string& bytes, const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) {
    switch (edit.what) {
      case Edit::What::append:
        bytes += edit.bytes;
        break;
      case Edit::What::replace:
        bytes = edit.bytes;
        break;
      case Edit::What::cut:
        bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), edit.count));
        break;
      case Edit::What::insert:
        bytes.insert(place(bytes, edit.offset), edit.bytes);
        break;
      case Edit::What::flip: {
        char& byte = bytes.at(place(bytes, edit.offset));
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 0xFFU);
        break;
      }
    }
  }
}

std::string compressed(const std::string& archive, const Layer& layer) {
  if (layer.compression == "none") return archive;
  if (layer.compression != "gzip" && layer.compression != "zstd") {
    throw BadStory("unknown compression " + layer.compression);
  }
  const Compression kind = layer.compression == "gzip" ? Compression::gzip : Compression::zstd;
  Workers workers(1);
  StringSink blob;
  const std::size_t step = archive.size() / layer.pieces + 1;
  for (std::size_t at = 0; at < archive.size(); at += step) {
    const auto encoder = make_encoder(blob, workers, {kind, 0});
    encoder->write(as_bytes(std::string_view(archive).substr(at, step)));
    encoder->finish();
  }
  return blob.take();
}

}  // namespace

BuiltLayer build(const Layer& layer) {
  ArchiveBuilder builder;
  for (const Member& member : layer.members) builder.add(member);
  BuiltLayer built;
  built.archive = builder.finish(layer.end_blocks);
  edit(built.archive, layer.archive_edits);
  built.blob = compressed(built.archive, layer);
  edit(built.blob, layer.blob_edits);
  built.declared = layer.declared.empty() ? layer.compression : layer.declared;
  return built;
}

std::vector<BuiltLayer> build(const std::vector<Layer>& layers) {
  std::vector<BuiltLayer> built;
  for (const Layer& layer : layers) built.push_back(build(layer));
  return built;
}

}  // namespace imgops::story
