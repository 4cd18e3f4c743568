// `.imgops/`, the directory of a layout that is ours alone, and whether it may be believed.
// Format and reasons: docs/repository.md.
#pragma once

#include <cstdint>
#include <filesystem>

namespace imgops {

enum class SidecarState : std::uint8_t {
  absent,
  usable,
  foreign  // of another user, or not made of plain directories: neither read nor written (T32)
};

// Judges `state_directory` and the directories we keep in it.
SidecarState judge_sidecar(const std::filesystem::path& state_directory);

// Makes what is missing. Throws Error(conflict) when it is foreign, Error(input_output).
void prepare_sidecar(const std::filesystem::path& state_directory);

// Whether this process may make files in `directory`, by its effective user.
bool is_writable_directory(const std::filesystem::path& directory);

inline std::filesystem::path journal_directory(const std::filesystem::path& state_directory) {
  return state_directory / "journal";
}
inline std::filesystem::path log_directory(const std::filesystem::path& state_directory) {
  return state_directory / "logs";
}
inline std::filesystem::path lease_directory(const std::filesystem::path& state_directory) {
  return state_directory / "leases";
}
inline std::filesystem::path lock_path(const std::filesystem::path& state_directory) {
  return state_directory / "lock";
}

}  // namespace imgops
