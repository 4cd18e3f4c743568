// What a killed transaction left behind, found and settled.
#pragma once

#include <filesystem>

namespace imgops {

// Whether the last transaction is half-way: then either its program is still at it or was killed.
// Needs no lock. Throws Error(corrupt) when the record cannot be read.
bool needs_recovery(const std::filesystem::path& state_directory);

// recover_transactions() for who has the lock already.
void recover_under_lock(const std::filesystem::path& layout);

}  // namespace imgops
