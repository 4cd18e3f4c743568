// Header fields and extension records become a member: the rows about names, types, numbers and
// xattrs are decided here. Private to `tar`.
// Source: semantics N, M, L11, L12, P17, W10.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/tar/header_block.hpp"
#include "libimgops/tar/pax.hpp"
#include "libimgops/tar/sparse_map.hpp"
#include "libimgops/tar/tar_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// All that an archive says about one member, before it is believed.
struct MemberHeader {
  HeaderFields fields;
  PaxRecords records;
  std::string long_name;       // of a GNU `L` header, else empty
  std::string long_link_name;  // of a GNU `K` header, else empty
  bool after_global_header = false;
};

struct BuiltMember {
  Member member;  // without offsets; `sparse` still empty
  SparseForm sparse = SparseForm::none;
};

// Warnings and notes go to `observer`. Throws Error(corrupt) for what is rejected. `stored_bytes`
// is what the header says of the data: of form 1.0, the map included.
BuiltMember build_member(const MemberHeader& header, Observer& observer);

// Mode, owner, time, device and xattrs (member_attributes.cpp). False when the member may not be
// copied as it is (W10). `member.path` and the type are already known.
bool fill_attributes(const MemberHeader& header, Member& member, Observer& observer);

}  // namespace imgops
