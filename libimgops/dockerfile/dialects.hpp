// What one instruction sets, a reader for each way of writing history. Private to the room.
#pragma once

#include "libimgops/dockerfile/history_dialect.hpp"
#include "libimgops/dockerfile/settings.hpp"
#include "libimgops/dockerfile/source_words.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// What an instruction is read with.
struct Surroundings {
  const Settings& so_far;
  // What the image ended with. Variables, labels, ports and volumes are never unset, so all names
  // of before are there: that tells where a value with blanks ends.
  const Settings& finished;
  const VariableLookup& variables;  // asked by the dialects that keep the Dockerfile's text
};

// Settings in the order of the text, their steps not yet set; a value that is not known is null, an
// empty list unsets. OnBuild is a list of the one trigger to add. Nothing for keywords that set
// nothing. Nullopt when the text cannot be read.
using ReadSettings = std::optional<std::vector<Setting>>;
ReadSettings read_classic(const HistoryInstruction& instruction, const Surroundings& around);
ReadSettings read_buildkit(const HistoryInstruction& instruction, const Surroundings& around);
// Also for plain text.
ReadSettings read_buildah(const HistoryInstruction& instruction, const Surroundings& around);

// The group that a keyword sets, whatever its arguments: "Cmd" of CMD; empty when it sets none.
std::string_view group_of(std::string_view keyword);

// Parts that dialects share.
Setting text_setting(std::string_view group, std::string_view value);
Setting list_setting(std::string_view group, const std::vector<std::string>& items);
std::vector<Setting> set_settings(std::string_view group, std::span<const std::string> keys);
// "80", "443/udp", "8000-8002", "127.0.0.1:80:8080" as the configuration names them: "80/tcp" …
// Nullopt when one is none of these. buildah keeps a range as it is.
enum class PortRange : std::uint8_t { each, whole };
ReadSettings port_settings(std::span<const std::string> ports, PortRange range);
// What `directory` is in the one set before.
Setting directory_setting(const Settings& so_far, std::string_view directory);

}  // namespace imgops
