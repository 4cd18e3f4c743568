// Named findings about images: where readers disagree, where input is odd, what is rejected.
// The list of codes, levels and rows is docs/semantics.md "Diagnostics"; a code is never renamed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class DiagnosticCode : std::uint8_t {
  aufs_meta,
  bad_header,
  blob_link,
  char_00,
  chunk_toc,
  codec_check,
  codec_trailing,
  codec_type,
  codec_unknown,
  config_name,
  diff_id,
  differential,
  digest_form,
  dir_xattr,
  doc_ambiguous,
  doc_type,
  duplicate,
  estargz,
  file_to_dir,
  foreign_layer,
  history,
  hl_data,
  hl_lower,
  hl_meta,
  hl_order,
  hl_path,
  hl_target,
  hl_xattr,
  id_range,
  implied_dir,
  implied_parent,
  json_keys,
  layer_type,
  layout,
  link_empty,
  meta_size,
  mixed_types,
  mtime_range,
  name_dotdot,
  name_empty,
  name_escape,
  name_long,
  name_nul,
  no_eof,
  opq_order,
  opq_root,
  outer_duplicate,
  outer_name,
  parent_not_dir,
  pax_bad,
  pax_global,
  pax_odd,
  root_meta,
  root_type,
  rootfs_type,
  runtime_path,
  size,
  socket,
  sparse,
  sparse_old,
  symlink_parent,
  trailing_data,
  truncated,
  type_unknown,
  wh_component,
  wh_form,
  wh_name,
  wh_same,
  wh_useless,
  xattr_foreign,
  xattr_overlay,
  xattr_place,
  xattr_selinux,
  zero_gap,
  zstd_old
};

enum class DiagnosticLevel : std::uint8_t {
  note,     // harmless, or one client's bug: shown by fsck and with -v
  warning,  // readings differ or some client refuses: status 0, under --strict 6
  reject    // hostile, corrupt, or refused by every runtime: status 4, nothing is written
};

// One finding. `layer_index` counts from 0 at the bottom; absent where no layer is meant, as in
// documents. `path` is canonical (base/path.hpp) or, for names that cannot be, as stored.
struct Diagnostic {
  DiagnosticCode code{};
  DiagnosticLevel level{};
  std::string row;  // of the semantics, "U11"
  std::optional<std::size_t> layer_index;
  std::string layer;    // digest text of the layer's blob or DiffId; may be empty
  std::string path;     // raw bytes; may be empty
  std::string message;  // what is found, one sentence without the path
  std::string hint;     // what readers make of it; may be empty
};

std::string_view name(DiagnosticCode code) noexcept;     // "WH-SAME"
std::string_view name(DiagnosticLevel level) noexcept;   // "note", "warning", "reject"
std::string_view summary(DiagnosticCode code) noexcept;  // what the code says, for lists

// A finding of level reject, ready to be thrown as Error(Diagnostic).
Diagnostic reject(DiagnosticCode code, std::string row, std::string message, std::string path = {});

// "WH-SAME: layer 3 (sha256:81cb0420…) lib/b: whiteout and entry of the same name (U11)";
// printable.
std::string to_sentence(const Diagnostic& diagnostic);

}  // namespace imgops
