#include "libimgops/base/bytes.hpp"

#include <algorithm>
#include <cstdint>

namespace imgops {
namespace {

// Length of the UTF-8 sequence at `at` and its code point; length 0 when it is malformed.
struct CodePoint {
  std::size_t length;
  std::uint32_t value;
};

CodePoint decode(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t index) -> std::uint32_t {
    return static_cast<unsigned char>(text[index]);
  };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return {1, first};
  std::size_t length = 0;
  std::uint32_t least = 0;
  std::uint32_t value = 0;
  if ((first & 0xE0U) == 0xC0) {
    length = 2, least = 0x80, value = first & 0x1FU;
  } else if ((first & 0xF0U) == 0xE0) {
    length = 3, least = 0x800, value = first & 0x0FU;
  } else if ((first & 0xF8U) == 0xF0) {
    length = 4, least = 0x10000, value = first & 0x07U;
  } else {
    return {0, 0};
  }
  if (at + length > text.size()) return {0, 0};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {0, 0};
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least || value > 0x10FFFF || surrogate) return {0, 0};
  return {length, value};
}

bool is_unsafe(std::uint32_t value) noexcept {
  return value < 0x20 || (value >= 0x7F && value <= 0x9F) || value == 0x061C || value == 0x200E ||
         value == 0x200F || value == 0x2028 || value == 0x2029 ||
         (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
}

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

ByteView as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hexadecimal(ByteView bytes) {
  std::string result;
  result.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    result += digits[std::to_integer<unsigned>(byte) >> 4U];
    result += digits[std::to_integer<unsigned>(byte) & 15U];
  }
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  const auto escape = [&](std::string_view part) {
    for (const char character : part) {
      const auto value = static_cast<unsigned char>(character);
      result += "\\x";
      result += digits[value >> 4U];
      result += digits[value & 15U];
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    if (point.length == 0) {
      escape(text.substr(at, 1));
      ++at;
      continue;
    }
    const std::string_view part = text.substr(at, point.length);
    if (is_unsafe(point.value)) {
      escape(part);
    } else {
      result += part;
    }
    at += point.length;
  }
  return result;
}

std::string printable_json(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const CodePoint point = decode(json, at);
    const std::size_t length = std::max<std::size_t>(point.length, 1);
    if (point.value >= 0x7F && is_unsafe(point.value)) {
      result += "\\u";
      for (const unsigned shift : {12U, 8U, 4U, 0U}) result += digits[(point.value >> shift) & 15U];
    } else {
      result += json.substr(at, length);
    }
    at += length;
  }
  return result;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    if (point.length == 0) return false;
    at += point.length;
  }
  return true;
}

std::string to_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group <<= 8U;
      if (at + i < text.size()) group |= static_cast<unsigned char>(text[at + i]);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const bool padding = at + i > text.size();
      result += padding ? '=' : alphabet[(group >> (18U - 6U * static_cast<unsigned>(i))) & 63U];
    }
  }
  return result;
}

}  // namespace imgops
