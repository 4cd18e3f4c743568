#include "libimgops/ops/elf_files.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t smallest_elf_bytes = 52;
// Up to here a file is read whole, forwards; a larger one in the places that matter.
constexpr std::uint64_t whole_bytes = std::uint64_t{8} * 1024 * 1024;

bool may_be_elf(const Node& node) {
  const Inode& inode = *node.inode();
  if (inode.type() != FileType::regular || inode.content().origin == nullptr) return false;
  if (inode.content().size_bytes < smallest_elf_bytes) return false;
  return (inode.mode() & 0111U) != 0 ||
         file_name(node.path()).find(".so") != std::string_view::npos;
}

// The same file; one layer in two blobs has two indexes.
bool is_same(const Inode& left, const Inode& right) {
  if (&left == &right) return true;
  const Content& one = left.content();
  const Content& other = right.content();
  return one.origin != nullptr && other.origin != nullptr &&
         one.origin->origin == Origin::archive && other.origin->origin == Origin::archive &&
         one.origin->diff_id == other.origin->diff_id && one.offset_bytes == other.offset_bytes;
}

// A file inside an archive, read where asked. The cache keeps cursors for one thread each.
class ArchivedFile final : public RandomAccess {
 public:
  ArchivedFile(LayerCache& layers, const Content& content)
      : cursor_(layers.cursor(*content.origin)), content_(content) {}
  std::uint64_t size_bytes() const override { return content_.size_bytes; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override {
    if (offset >= content_.size_bytes) return 0;
    const std::uint64_t left = content_.size_bytes - offset;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    return cursor_->read_at(content_.offset_bytes + offset, buffer.first(count));
  }

 private:
  std::unique_ptr<ArchiveCursor> cursor_;
  Content content_;
};

std::optional<ElfFile> read_if_sound(const RandomAccess& file) {
  try {
    return read_elf(file);
  } catch (const Error& error) {
    // A damaged program does not run; nobody can tell what it would need.
    if (error.kind() != ErrorKind::corrupt) throw;
    return std::nullopt;
  }
}

std::optional<ElfFile> read_file(const Content& content, LayerCache& layers,
                                 ContentReader& contents) {
  if (content.size_bytes > whole_bytes) {
    const bool is_plain = content.origin->origin == Origin::archive && content.sparse == nullptr;
    return is_plain ? read_if_sound(ArchivedFile(layers, content)) : std::nullopt;
  }
  const std::unique_ptr<Source> source = contents.open(content);
  std::array<std::byte, smallest_elf_bytes> first{};
  const std::size_t count = read_fully(*source, first);
  const std::string_view start = as_text(std::span(first).first(count));
  if (!start.starts_with("\x7f"
                         "ELF"))
    return std::nullopt;
  return read_if_sound(
      StringAccess(std::string(start) + read_all(*source, whole_bytes, "program")));
}

}  // namespace

std::vector<FoundElf> find_elf_files(const Operation& operation, const Tree& base,
                                     const Tree& tree) {
  struct Candidate {
    const Node* node;
    std::optional<ElfFile> elf;
  };
  std::vector<Candidate> candidates;
  std::set<const Inode*> seen;
  auto before = base.nodes().begin();
  const auto end = base.nodes().end();
  for (const Node& node : tree.nodes()) {
    while (before != end && compare_paths(before->path(), node.path()) < 0) ++before;
    const bool is_of_base =
        before != end && before->path() == node.path() && is_same(*before->inode(), *node.inode());
    if (is_of_base || !may_be_elf(node)) continue;
    if (seen.insert(node.inode()).second) candidates.push_back({&node, {}});
  }
  std::map<std::pair<std::uint32_t, const LayerIndex*>, std::vector<Candidate*>> layers;
  for (Candidate& candidate : candidates) {
    layers[{candidate.node->layer_number(), candidate.node->inode()->content().origin}].push_back(
        &candidate);
  }
  std::vector<std::vector<Candidate*>> groups;
  for (auto& [layer, group] : layers) {
    std::ranges::sort(group, {}, [](const Candidate* candidate) {
      return candidate->node->inode()->content().offset_bytes;
    });
    groups.push_back(std::move(group));
  }
  operation.workers.for_each_index(
      groups.size(),
      [&](std::size_t index) {
        ContentReader contents(operation.layers);
        for (Candidate* const candidate : groups[index]) {
          if (operation.stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled");
          candidate->elf =
              read_file(candidate->node->inode()->content(), operation.layers, contents);
        }
      },
      operation.stop);
  std::vector<FoundElf> found;
  for (Candidate& candidate : candidates) {
    if (!candidate.elf) continue;
    found.push_back({candidate.node->path(), candidate.node->inode(), std::move(*candidate.elf)});
  }
  return found;
}

}  // namespace imgops
