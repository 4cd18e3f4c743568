// Mode, owner, time, device and xattrs of a member. An extension record counts before the header's
// field (M24). Names of owners, atime and ctime are not read, but a malformed time is refused
// wherever it stands, as runtimes do (M03).
#include "libimgops/base/error.hpp"
#include "libimgops/tar/findings.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tar/member_builder.hpp"

#include <algorithm>
#include <limits>

namespace imgops {
namespace {

constexpr std::string_view xattr_prefix = "SCHILY.xattr.";

class AttributesBuilder {
 public:
  AttributesBuilder(const MemberHeader& header, Member& member, Observer& observer)
      : header_(header), member_(member), observer_(observer) {}

  bool fill() {
    FileAttributes& attributes = member_.attributes;
    attributes.mode = static_cast<std::uint16_t>(header_.fields.mode & 07777);  // M13
    attributes.uid = id("uid", header_.fields.uid);
    attributes.gid = id("gid", header_.fields.gid);
    attributes.mtime = time("mtime").value_or(Timestamp{header_.fields.mtime_seconds, 0});
    time("atime");
    time("ctime");
    check_mtime();
    choose_device();
    choose_xattrs();
    return verbatim_;
  }

 private:
  std::uint32_t id(std::string_view key, std::int64_t field) const {
    std::int64_t value = field;
    if (const std::string_view record = header_.records.find(key); !record.empty()) {
      const std::optional<std::int64_t> parsed = parse_pax_integer(record);
      if (!parsed) reject_record(key);
      value = *parsed;
    }
    // chown(2) takes 2^32-1 for "unchanged", and runtimes cut what is larger (M11, M12).
    if (value < 0 || value > std::int64_t{limits::largest_id}) {
      const bool unchanged = value == std::int64_t{std::numeric_limits<std::uint32_t>::max()};
      throw Error(reject(DiagnosticCode::id_range, unchanged ? "M11" : "M12",
                         std::string(key) + " " + std::to_string(value) + " is out of range",
                         member_.path));
    }
    return static_cast<std::uint32_t>(value);
  }

  std::optional<Timestamp> time(std::string_view key) const {
    const std::string_view record = header_.records.find(key);
    if (record.empty()) return std::nullopt;
    const std::optional<Timestamp> parsed = parse_pax_time(record);
    if (!parsed) reject_record(key);
    return parsed;
  }

  void check_mtime() {
    const std::int64_t seconds = member_.attributes.mtime.seconds;
    if (seconds >= 0 && seconds <= limits::largest_mtime_seconds) return;
    warn(DiagnosticCode::mtime_range, "M10", "time that runtimes cannot keep");
  }

  void choose_device() {
    const FileType type = member_.attributes.type;
    if (type != FileType::character_device && type != FileType::block_device) return;
    member_.attributes.device = {device_part(header_.fields.device_major),
                                 device_part(header_.fields.device_minor)};
    if (type == FileType::character_device && member_.attributes.device == DeviceNumber{}) {
      warn(DiagnosticCode::char_00, "M16", "character device 0:0",
           "overlay drivers take it for a whiteout, others make the device");
    }
  }

  std::uint32_t device_part(std::int64_t value) const {
    if (value < 0 || value > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) {
      throw Error(
          reject(DiagnosticCode::bad_header, "S05", "device number is out of range", member_.path));
    }
    return static_cast<std::uint32_t>(value);
  }

  // Records are sorted by key, so the xattrs come sorted by name.
  void choose_xattrs() {
    for (const PaxRecord& record : header_.records.all()) {
      if (record.value.empty()) continue;
      const std::string_view key = record.key;
      if (key.starts_with("LIBARCHIVE.xattr.") || key.starts_with("SCHILY.acl.") ||
          key == "RHT.security.selinux") {
        foreign_ = true;
      } else if (key.starts_with(xattr_prefix) && key.size() > xattr_prefix.size()) {
        take_xattr(key.substr(xattr_prefix.size()), record.value);
      }
    }
    report_xattrs();
  }

  void take_xattr(std::string_view name, const std::string& value) {
    if (name.starts_with("trusted.") || name.starts_with("user.overlay.")) {
      overlay_ = true;
      return;
    }
    if (name == "security.selinux") {
      label_ = true;
      return;
    }
    xattr_bytes_ += name.size() + value.size();
    if (value.size() > limits::xattr_value_bytes || xattr_bytes_ > limits::xattrs_of_a_node_bytes) {
      throw Error(reject(DiagnosticCode::meta_size, "M04", "xattrs are too large", member_.path));
    }
    const FileType type = member_.attributes.type;
    if (name.starts_with("user.") && type != FileType::regular && type != FileType::directory) {
      misplaced_ = true;
    }
    member_.attributes.xattrs.push_back({std::string(name), value});
  }

  // One finding of a kind is enough for a member.
  void report_xattrs() {
    if (foreign_)
      warn(DiagnosticCode::xattr_foreign, "M05", "xattrs in a form that runtimes ignore");
    if (overlay_) {
      warn(DiagnosticCode::xattr_overlay, "M06", "xattr that speaks to the kernel's overlay",
           "docker and podman obey it, containerd drops it");
    }
    if (label_) warn(DiagnosticCode::xattr_selinux, "M07", "security label, left to the host");
    if (misplaced_) {
      warn(DiagnosticCode::xattr_place, "M08", "user xattr on what is neither file nor directory",
           "podman and umoci fail to unpack it");
    }
  }

  // Each of these also keeps the member from being copied as it is.
  void warn(DiagnosticCode code, std::string_view row, std::string_view message,
            std::string_view hint = {}) {
    verbatim_ = false;
    report(observer_, code, DiagnosticLevel::warning, row, member_.path, message, hint);
  }

  [[noreturn]] void reject_record(std::string_view key) const {
    throw Error(reject(DiagnosticCode::pax_bad, "M03",
                       "extension record \"" + std::string(key) + "\" is malformed", member_.path));
  }

  const MemberHeader& header_;
  Member& member_;
  Observer& observer_;
  std::size_t xattr_bytes_ = 0;
  bool foreign_ = false;
  bool overlay_ = false;
  bool label_ = false;
  bool misplaced_ = false;
  bool verbatim_ = true;
};

}  // namespace

bool fill_attributes(const MemberHeader& header, Member& member, Observer& observer) {
  return AttributesBuilder(header, member, observer).fill();
}

}  // namespace imgops
