// Header, three program headers, string table, interpreter, dynamic table; addresses are offsets
// with a page in front.
#include "tests/support/made_elf.hpp"

#include <utility>

namespace imgops::testing {
namespace {

constexpr std::uint64_t page = 0x1000;

class Writer {
 public:
  explicit Writer(const MadeElf& elf) : elf_(elf) {}
  void number(std::uint64_t value, std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) {
      const std::size_t byte = elf_.is_big_endian ? count - 1 - at : at;
      text_ += static_cast<char>(value >> (8 * byte));
    }
  }
  void word(std::uint64_t value) { number(value, elf_.is_64 ? 8 : 4); }
  void bytes(const std::string& text) { text_ += text; }
  std::string take() { return std::move(text_); }

 private:
  const MadeElf& elf_;
  std::string text_;
};

void segment(Writer& writer, bool is_64, std::uint32_t type, std::uint64_t offset,
             std::uint64_t size) {
  writer.number(type, 4);
  if (is_64) writer.number(4, 4);
  writer.word(offset);
  writer.word(offset + page);
  writer.word(offset + page);
  writer.word(size);
  writer.word(size);
  if (!is_64) writer.number(4, 4);
  writer.word(1);
}

}  // namespace

std::string make_elf(const MadeElf& elf) {
  std::string names(1, '\0');
  std::vector<std::pair<std::uint64_t, std::uint64_t>> dynamic;
  const auto add = [&](std::uint64_t tag, const std::string& name) {
    if (name.empty()) return;
    dynamic.emplace_back(tag, names.size());
    names += name + '\0';
  };
  for (const std::string& name : elf.needed) add(1, name);
  add(14, elf.soname);
  add(15, elf.rpath);
  add(29, elf.runpath);

  const std::uint64_t header = elf.is_64 ? 64 : 52;
  const std::uint64_t entry = elf.is_64 ? 56 : 32;
  const std::uint64_t names_at = header + 3 * entry;
  const std::string interpreter = elf.interpreter.empty() ? "" : elf.interpreter + '\0';
  const std::uint64_t interpreter_at = names_at + names.size();
  const std::uint64_t dynamic_at = interpreter_at + interpreter.size();
  dynamic.emplace_back(5, names_at + page);
  dynamic.emplace_back(10, names.size());
  dynamic.emplace_back(0, 0);
  const std::uint64_t dynamic_bytes = dynamic.size() * (elf.is_64 ? 16 : 8);

  Writer writer(elf);
  writer.bytes(
      "\x7f"
      "ELF");
  writer.number(elf.is_64 ? 2 : 1, 1);
  writer.number(elf.is_big_endian ? 2 : 1, 1);
  writer.number(1, 1);
  writer.bytes(std::string(9, '\0'));
  writer.number(elf.type, 2);
  writer.number(elf.machine, 2);
  writer.number(1, 4);
  writer.word(0);
  writer.word(header);
  writer.word(0);
  writer.number(0, 4);
  writer.number(header, 2);
  writer.number(entry, 2);
  writer.number(3, 2);
  writer.number(0, 2);
  writer.number(0, 2);
  writer.number(0, 2);
  segment(writer, elf.is_64, 1, 0, dynamic_at + dynamic_bytes);
  segment(writer, elf.is_64, interpreter.empty() ? 0 : 3, interpreter_at, interpreter.size());
  segment(writer, elf.is_64, 2, dynamic_at, dynamic_bytes);
  writer.bytes(names);
  writer.bytes(interpreter);
  for (const auto& [tag, value] : dynamic) {
    writer.word(tag);
    writer.word(value);
  }
  return writer.take();
}

}  // namespace imgops::testing
