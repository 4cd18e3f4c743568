#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/layer/index_code.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "libimgops/tar/pax.hpp"
#include "libimgops/transfer/archive_images.hpp"
#include "libimgops/tree/union.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/tar/tar_reading.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace imgops::fuzz {
namespace {

constexpr std::size_t block_bytes = 512;

// Changed headers would all fail at their checksum: this puts it right, so that what is behind it
// is tried too.
std::string with_checksums(std::string_view bytes) {
  std::string archive(bytes);
  for (std::size_t at = 0; at + block_bytes <= archive.size(); at += block_bytes) {
    if (archive.compare(at + 257, 5, "ustar") != 0) continue;
    std::fill_n(archive.begin() + static_cast<std::ptrdiff_t>(at + 148), 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < block_bytes; ++i) {
      sum += static_cast<unsigned char>(archive[at + i]);
    }
    for (std::size_t digit = 0; digit < 6; ++digit) {
      archive[at + 153 - digit] = static_cast<char>('0' + (sum >> (3 * digit)) % 8);
    }
    archive[at + 154] = '\0';
  }
  return archive;
}

bool same_members(const testing::Reading& left, const testing::Reading& right) {
  return std::ranges::equal(left.members, right.members, [](const auto& one, const auto& other) {
    return one.member.path == other.member.path && one.body == other.body &&
           one.header == other.header && one.member.size_bytes == other.member.size_bytes;
  });
}

void check_members(const testing::Reading& reading) {
  std::uint64_t end = 0;
  for (const testing::ReadMember& read : reading.members) {
    const Member& member = read.member;
    require(canonical_path(member.path) == member.path, "paths are canonical");
    require(canonical_path(member.link_path) == member.link_path, "link paths are canonical");
    require(member.offset_bytes >= end, "members follow each other");
    require(member.body_offset_bytes >= member.offset_bytes + block_bytes, "a header is a block");
    end = member.body_offset_bytes;
    std::uint64_t data = 0;
    std::uint64_t covered = 0;
    for (const SparseRun& run : member.sparse) {
      require(run.offset_bytes >= covered, "runs are in order");
      covered = run.offset_bytes + run.size_bytes;
      data += run.size_bytes;
    }
    require(member.sparse.empty() || (covered <= member.size_bytes && data <= member.stored_bytes),
            "runs are inside the file");
  }
}

std::shared_ptr<const LayerIndex> index_of(std::string_view bytes) {
  SilentObserver silent;
  try {
    return read_archive(std::make_shared<const StringAccess>(with_checksums(bytes)), silent);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt, "archives are corrupt or sound");
    return nullptr;
  }
}

std::string code_of(const LayerIndex& index) {
  StringSink code;
  encode_index(index, {}, {}, code);
  return code.text();
}

void check_tree(const Tree& tree) {
  const auto nodes = tree.nodes();
  require(!nodes.empty() && nodes.front().path().empty(), "the root comes first");
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    require(compare_paths(nodes[i - 1].path(), nodes[i].path()) < 0, "nodes are sorted");
    const Node* const parent = tree.find(parent_path(nodes[i].path()));
    require(parent != nullptr && parent->inode()->type() == FileType::directory,
            "parents are directories");
  }
}

}  // namespace

void tar(std::string_view bytes) {
  for (const std::string& archive : {std::string(bytes), with_checksums(bytes)}) {
    const testing::Reading whole = testing::read_tar(archive);
    const testing::Reading pieces = testing::read_tar(archive, 7);
    require(same_members(whole, pieces), "pieces do not change the members");
    require(whole.rejected() == pieces.rejected(), "pieces do not change the verdict");
    check_members(whole);
  }
}

void layer(std::string_view bytes) {
  const auto index = index_of(bytes);
  if (index == nullptr) return;
  // Twice, so that every entry meets a lower one too.
  const std::array layers{index, index};
  SilentObserver silent;
  try {
    check_tree(apply_layers(Tree(), layers, 0, silent));
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt, "layers are corrupt or sound");
  }
}

void pax(std::string_view bytes) {
  parse_pax_integer(bytes);
  parse_pax_time(bytes);
  try {
    const PaxRecords records(bytes);
    const auto all = records.all();
    require(std::ranges::adjacent_find(all,
                                       [](const PaxRecord& left, const PaxRecord& right) {
                                         return left.key >= right.key;
                                       }) == all.end(),
            "keys are sorted and unique");
    for (const PaxRecord& record : all) {
      require(records.find(record.key) == record.value, "records are found");
    }
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt, "records are corrupt or sound");
  }
}

void archive(std::string_view bytes) {
  static const std::filesystem::path directory = std::filesystem::temp_directory_path();
  SilentObserver silent;
  for (const std::string& text : {std::string(bytes), with_checksums(bytes)}) {
    try {
      const auto images =
          ArchiveImages::open(std::make_shared<const StringAccess>(text), directory, silent);
      for (const Descriptor& descriptor : images->index().manifests()) {
        images->find(descriptor.digest());
      }
    } catch (const Error& error) {
      require(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported,
              "image archives are corrupt, unsupported or sound");
    }
  }
}

void index_code(std::string_view bytes) {
  const DiffId id{digest_of({})};
  try {
    decode_index(bytes, id);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt, "codes are corrupt or sound");
  }
  const auto index = index_of(bytes);
  if (index == nullptr) return;
  const std::string code = code_of(*index);
  const DecodedIndex decoded = decode_index(code, index->diff_id);
  require(code_of(*decoded.index) == code, "an index comes back");
}

}  // namespace imgops::fuzz
