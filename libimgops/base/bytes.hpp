// Views of bytes and their spelling as text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

using ByteView = std::span<const std::byte>;

// The same memory, seen as bytes or as characters; nothing is copied.
ByteView as_bytes(std::string_view text) noexcept;
std::string_view as_text(ByteView bytes) noexcept;

// Lower-case hexadecimal, two characters a byte.
std::string to_hexadecimal(ByteView bytes);

// For people and terminals: control bytes, DEL, C1 controls and bidirectional marks become \xNN,
// as does every byte that is not part of valid UTF-8. Never contains a line break.
// Source: docs/security.md T29.
std::string printable(std::string_view text);

// The same for JSON as a library prints it, which escapes only control bytes: DEL, C1 controls and
// bidirectional marks become \uNNNN, so that it still says the same.
std::string printable_json(std::string_view json);

// Whether `text` is well-formed UTF-8 without surrogates.
bool is_utf8(std::string_view text) noexcept;

// Standard base64 with padding.
std::string to_base64(std::string_view text);

}  // namespace imgops
