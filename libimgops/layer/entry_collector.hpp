// Members become entries: marker names get their meaning, contents their fingerprint. Private to
// `layer`. Source: semantics U09, U18–U25, M16, S11.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/layer/layer_reader.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/tar/whiteout_name.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

class EntryCollector {
 public:
  // `findings` gets notes and warnings; `sink` may be null.
  EntryCollector(LayerIndex& index, Observer& findings, LayerPassSink* sink)
      : index_(index), findings_(findings), sink_(sink) {}

  // The member that `reader` stands at; its body is read. Throws Error(corrupt) for what is
  // rejected.
  void add(const Member& member, TarReader& reader);

  // To be called after the last member: one whose padding is missing cannot be copied.
  void finish(std::uint64_t archive_bytes);

 private:
  // A file of AUFS's own, reachable only by links (U20).
  struct HiddenFile {
    InodeFields inode;
    KeptText visible_path;  // of the first link, which became the file; or empty
  };

  void count(const Member& member);
  EntryFields entry_of(const Member& member, TarReader& reader);
  Content content_of(const Member& member, TarReader& reader);
  void add_file(const Member& member, TarReader& reader);
  void add_link(EntryFields entry);
  void keep(const EntryFields& entry);
  void add_marker(const Member& member, const Marker& marker);
  void add_bookkeeping(const Member& member, TarReader& reader);
  void hide(const Member& member, TarReader& reader);

  LayerIndex& index_;
  Observer& findings_;
  LayerPassSink* sink_;
  FingerprintHasher hasher_;
  std::vector<HiddenFile> hidden_;
  std::map<std::string, std::size_t, std::less<>> hidden_names_;  // into hidden_
  std::uint64_t members_ = 0;
  std::uint64_t string_bytes_ = 0;
  std::uint64_t last_span_end_ = 0;  // of the last entry's member, padding included
};

}  // namespace imgops
