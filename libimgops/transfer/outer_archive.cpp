// The layers' own tar reader reads the headers, so that there is one reading of an archive (T18).
// It only goes forward, and bodies are gigabytes: so it is started anew at the end of each body.
#include "libimgops/transfer/outer_archive.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// Far above what any program saves, far below what would fill memory (security §2).
constexpr std::size_t most_members = 200'000;
constexpr std::size_t most_names_bytes = 64 << 20;
constexpr std::size_t header_read_bytes = 4096;

// Gives little at a time, so that the tar reader's read-ahead does not fetch bodies.
class SmallReads final : public Source {
 public:
  SmallReads(std::shared_ptr<const RandomAccess> bytes, std::uint64_t offset)
      : source_(std::move(bytes), offset) {}
  std::size_t read(std::span<std::byte> buffer) override {
    return source_.read(buffer.first(std::min(buffer.size(), header_read_bytes)));
  }

 private:
  RandomAccessSource source_;
};

Error outer_name(std::string message, std::string_view path) {
  return Error(reject(DiagnosticCode::outer_name, "A11", std::move(message), std::string(path)));
}

// Absolute, or with a component "..".
bool leads_out(std::string_view spelling) {
  if (spelling.starts_with('/')) return true;
  while (!spelling.empty()) {
    const std::size_t slash = spelling.find('/');
    if (spelling.substr(0, slash) == "..") return true;
    spelling = slash == std::string_view::npos ? std::string_view() : spelling.substr(slash + 1);
  }
  return false;
}

// What the tar reader calls by other names.
bool leads_out(const Error& error) {
  const Diagnostic* const diagnostic = error.diagnostic();
  return diagnostic != nullptr && (diagnostic->code == DiagnosticCode::name_escape ||
                                   diagnostic->code == DiagnosticCode::hl_path);
}

}  // namespace

void for_each_member(const std::shared_ptr<const RandomAccess>& archive, Observer& observer,
                     const std::function<Visit(const Member& member)>& visit) {
  std::uint64_t start = 0;
  while (true) {
    SmallReads source(archive, start);
    TarReader reader(source, observer);
    const Member* const found = reader.next();
    if (found == nullptr) return;
    Member member = *found;
    member.offset_bytes += start;
    member.body_offset_bytes += start;
    if (member.body_offset_bytes > archive->size_bytes() ||
        member.stored_bytes > archive->size_bytes() - member.body_offset_bytes) {
      throw Error(reject(DiagnosticCode::truncated, "S05", "archive ends inside a member",
                         member.stored_name));
    }
    start = member.body_offset_bytes + member.stored_bytes + tar_padding_bytes(member.stored_bytes);
    if (visit(member) == Visit::stop) return;
  }
}

OuterArchive::OuterArchive(std::shared_ptr<const RandomAccess> archive, Observer& observer)
    : archive_(std::move(archive)) {
  try {
    for_each_member(archive_, observer, [&](const Member& member) {
      add(member);
      return Visit::go_on;
    });
  } catch (const Error& error) {
    if (!leads_out(error)) throw error.within("image archive");
    throw outer_name("name or link leaves the image archive", error.diagnostic()->path);
  }
}

void OuterArchive::add(const Member& member) {
  if (leads_out(member.stored_name) || member.stored_name.size() > limits::path_write_bytes) {
    throw outer_name("name leaves the image archive", member.stored_name);
  }
  names_bytes_ += member.path.size() + member.attributes.link_target.size();
  if (names_.size() >= most_members || names_bytes_ > most_names_bytes) {
    throw Error(ErrorKind::corrupt, "image archive: too many members");
  }
  Name name;
  if (member.kind == MemberKind::hard_link) {
    // A05: another name of a file that came before; anything else is as good as missing.
    const auto target = names_.find(member.link_path);
    if (target == names_.end() || target->second.kind != Kind::file) {
      throw outer_name("hard link to what is no file of the archive", member.path);
    }
    name = target->second;
  } else if (member.attributes.type == FileType::regular) {
    if (!member.sparse.empty()) {
      throw Error(ErrorKind::unsupported,
                  "image archive: " + printable(member.path) + " is a sparse file");
    }
    name = {Kind::file, {member.body_offset_bytes, member.stored_bytes}, {}};
  } else if (member.attributes.type == FileType::symlink) {
    name = {Kind::symlink, {}, member.attributes.link_target};
  } else if (member.attributes.type == FileType::directory) {
    name.kind = Kind::directory;
  }
  const auto [position, is_new] = names_.emplace(member.path, std::move(name));
  // A directory may be told twice: it says nothing.
  const bool both_directories = member.kind == MemberKind::file &&
                                member.attributes.type == FileType::directory &&
                                position->second.kind == Kind::directory;
  if (!is_new && !both_directories) {
    throw Error(reject(DiagnosticCode::outer_duplicate, "A10",
                       "member occurs twice in the image archive", member.path));
  }
}

const OuterFile* OuterArchive::find(std::string_view path, Links links) const {
  auto position = names_.find(path);
  if (position == names_.end()) return nullptr;
  if (position->second.kind == Kind::symlink) {
    if (links == Links::refuse) {
      throw Error(
          reject(DiagnosticCode::blob_link, "J15", "not a regular file", std::string(path)));
    }
    const std::string& target = position->second.target;
    const auto inside = canonical_path(join(parent_path(path), target));
    if (target.starts_with('/') || !inside) throw outer_name("link leaves the image archive", path);
    position = names_.find(*inside);
    if (position == names_.end() || position->second.kind != Kind::file) {
      throw outer_name("link to what is no file of the archive", path);
    }
  }
  if (position->second.kind != Kind::file) {
    throw Error(reject(DiagnosticCode::blob_link, "J15", "not a regular file", std::string(path)));
  }
  return &position->second.file;
}

const OuterFile& OuterArchive::open(std::string_view spelling, std::string_view subject) const {
  const auto path = canonical_path(spelling);
  if (!path || path->empty() || leads_out(spelling)) {
    throw outer_name(std::string(subject) + ": name leaves the image archive", spelling);
  }
  const OuterFile* const file = find(*path, Links::follow);
  if (file == nullptr) {
    throw outer_name(std::string(subject) + ": names a member that is not there", spelling);
  }
  return *file;
}

bool OuterArchive::any_name(const std::function<bool(std::string_view path)>& predicate) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const auto& name) { return predicate(name.first); });
}

std::unique_ptr<RandomAccess> OuterArchive::bytes(const OuterFile& file) const {
  return std::make_unique<RandomAccessSlice>(archive_, file.offset_bytes, file.size_bytes);
}

}  // namespace imgops
