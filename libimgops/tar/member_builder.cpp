#include "libimgops/tar/member_builder.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/findings.hpp"
#include "libimgops/tar/limits.hpp"

namespace imgops {
namespace {

bool contains_parent_component(std::string_view spelling) {
  while (true) {
    const std::size_t slash = spelling.find('/');
    if (spelling.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    spelling.remove_prefix(slash + 1);
  }
}

bool is_too_long(std::string_view path) {
  if (path.size() > limits::path_write_bytes) return true;
  while (true) {
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash).size() > limits::component_write_bytes) return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

class MemberBuilder {
 public:
  MemberBuilder(const MemberHeader& header, Observer& observer)
      : header_(header), observer_(observer) {}

  BuiltMember build() {
    choose_names();
    choose_type();
    choose_size();
    check_path();
    choose_sparse();
    if (member_.kind == MemberKind::hard_link) check_link_name();
    if (member_.attributes.type == FileType::symlink) take_link_target();
    if (!fill_attributes(header_, member_, observer_)) verbatim_ = false;
    member_.verbatim = verbatim_ && !header_.after_global_header && is_canonically_stored();
    return {std::move(member_), sparse_};
  }

 private:
  void choose_names() {
    const auto choose = [](const std::string& long_name, std::string_view record,
                           const std::string& field) {
      if (!long_name.empty()) return long_name;
      return record.empty() ? field : std::string(record);
    };
    member_.stored_name =
        choose(header_.long_name, header_.records.find("path"), header_.fields.name);
    link_name_ =
        choose(header_.long_link_name, header_.records.find("linkpath"), header_.fields.link_name);
    type_ = header_.fields.type;
    if (type_ == '\0') {
      // The old format has no type for directories but the slash (N07).
      type_ = member_.stored_name.ends_with('/') ? '5' : '0';
      verbatim_ = false;  // W08
    }
  }

  void choose_type() {
    const auto file = [this](FileType type) { member_.attributes.type = type; };
    switch (type_) {
      case '0':
        return file(FileType::regular);
      case '1':
        member_.kind = MemberKind::hard_link;
        return file(FileType::regular);
      case '2':
        return file(FileType::symlink);
      case '3':
        return file(FileType::character_device);
      case '4':
        return file(FileType::block_device);
      case '5':
        return file(FileType::directory);
      case '6':
        return file(FileType::fifo);
      case 'S':
        throw Error(reject(DiagnosticCode::sparse_old, "M19", "sparse file of the old GNU form",
                           member_.stored_name));
      default:
        throw Error(reject(DiagnosticCode::type_unknown, "M18",
                           "entry of type \"" + std::string(1, type_) + "\"", member_.stored_name));
    }
  }

  void choose_size() {
    std::int64_t size = header_.fields.size_bytes;
    if (const std::string_view record = header_.records.find("size"); !record.empty()) {
      const std::optional<std::int64_t> value = parse_pax_integer(record);
      if (!value || *value < 0) reject_record("size");
      if (size != 0 && size != *value) note_odd("size of the header is overridden");
      size = *value;
    }
    if (has_no_data(type_)) {
      if (size != 0) note_ignored_size();
      size = 0;
    }
    member_.size_bytes = member_.stored_bytes = static_cast<std::uint64_t>(size);
  }

  void check_path() {
    const std::string& stored = member_.stored_name;
    std::optional<std::string> path = canonical_path(stored);
    if (!path)
      throw Error(reject(DiagnosticCode::name_escape, "N04", "name leaves the root", stored));
    member_.path = std::move(*path);
    if (member_.path.empty()) check_root();
    if (contains_parent_component(stored)) warn_of_parent_component("name");
    if (is_too_long(member_.path)) {
      verbatim_ = false;  // never written, not even by copying
      warn(DiagnosticCode::name_long, "N09", "name too long to unpack");
    }
    if (member_.attributes.type == FileType::regular && member_.kind == MemberKind::file &&
        stored.ends_with('/')) {
      warn(DiagnosticCode::differential, "N06", "regular file whose name ends in a slash",
           "runtimes read a file, GNU tar and bsdtar a directory");
    }
  }

  // A root that is a symlink would move everything that follows (T02).
  void check_root() const {
    if (member_.attributes.type == FileType::directory) return;
    const std::string& stored = member_.stored_name;
    const bool plain =
        member_.kind == MemberKind::file && member_.attributes.type == FileType::regular;
    if (stored.empty() || (plain && stored == ".")) {
      throw Error(reject(DiagnosticCode::name_empty, "N05", "nameless entry", stored));
    }
    throw Error(reject(DiagnosticCode::root_type, "P17", "root is not a directory", stored));
  }

  void choose_sparse() {
    sparse_ = sparse_form(header_.records);
    if (sparse_ == SparseForm::none) return;
    verbatim_ = false;  // W08
    if (sparse_ == SparseForm::unknown) {
      warn(DiagnosticCode::differential, "M20", "sparse file of an unknown version",
           "runtimes read its map as content");
      return;
    }
    if (type_ != '0') reject_sparse();
    if (const std::string_view name = header_.records.find("GNU.sparse.name"); !name.empty()) {
      member_.stored_name = name;
      if (name.find('\0') != std::string_view::npos) {
        throw Error(reject(DiagnosticCode::name_nul, "N08", "NUL in the name of a sparse file",
                           member_.stored_name));
      }
      check_path();
    }
    choose_expanded_size();
    report(observer_, DiagnosticCode::sparse, DiagnosticLevel::note, "M20", member_.path,
           "sparse file");
  }

  void choose_expanded_size() {
    std::string_view size = header_.records.find("GNU.sparse.size");
    if (size.empty()) size = header_.records.find("GNU.sparse.realsize");
    if (size.empty()) return;
    const std::optional<std::int64_t> value = parse_pax_integer(size);
    if (!value || *value < 0) reject_sparse();
    member_.size_bytes = static_cast<std::uint64_t>(*value);
  }

  // Absolute link names start at the image's root (L11); one that leaves it is refused although
  // runtimes clamp it (L12, E5).
  void check_link_name() {
    std::optional<std::string> path = canonical_path(link_name_);
    if (!path) {
      throw Error(reject(DiagnosticCode::hl_path, "L12",
                         "link name \"" + link_name_ + "\" leaves the root", member_.path));
    }
    member_.link_path = std::move(*path);
    if (contains_parent_component(link_name_)) warn_of_parent_component("link name");
    if (link_name_ != member_.link_path) verbatim_ = false;
  }

  void take_link_target() {
    if (link_name_.empty()) {
      throw Error(
          reject(DiagnosticCode::link_empty, "N13", "symlink without a target", member_.path));
    }
    member_.attributes.link_target = std::move(link_name_);
  }

  // The form of W02, which is also the one that encode_header() gives.
  bool is_canonically_stored() const {
    const std::string& stored = member_.stored_name;
    const std::string& path = member_.path;
    if (member_.attributes.type != FileType::directory) return stored == path;
    if (path.empty()) return stored == "./";
    return stored.size() == path.size() + 1 && stored.ends_with('/') && stored.starts_with(path);
  }

  void note_ignored_size() {
    verbatim_ = false;
    report(observer_, DiagnosticCode::differential, DiagnosticLevel::note, "L16",
           member_.stored_name, "entry without data claims a size",
           "runtimes ignore it, GNU tar skips that much");
  }

  void note_odd(std::string_view message) {
    report(observer_, DiagnosticCode::pax_odd, DiagnosticLevel::note, "M02", member_.stored_name,
           message);
  }

  void warn(DiagnosticCode code, std::string_view row, std::string_view message,
            std::string_view hint = {}) {
    report(observer_, code, DiagnosticLevel::warning, row, member_.path, message, hint);
  }

  void warn_of_parent_component(std::string_view what) {
    report(observer_, DiagnosticCode::name_dotdot, DiagnosticLevel::warning, "N03", member_.path,
           "\"..\" inside a " + std::string(what), "runtimes clean it, GNU tar refuses it");
  }

  [[noreturn]] void reject_record(const std::string& key) const {
    throw Error(reject(DiagnosticCode::pax_bad, "M03",
                       "extension record \"" + key + "\" is no number", member_.stored_name));
  }

  [[noreturn]] void reject_sparse() const {
    throw Error(reject(DiagnosticCode::pax_bad, "M20", "records of a sparse file are malformed",
                       member_.stored_name));
  }

  const MemberHeader& header_;
  Observer& observer_;
  Member member_;
  SparseForm sparse_ = SparseForm::none;
  std::string link_name_;
  char type_ = '0';
  bool verbatim_ = true;
};

}  // namespace

BuiltMember build_member(const MemberHeader& header, Observer& observer) {
  return MemberBuilder(header, observer).build();
}

}  // namespace imgops
