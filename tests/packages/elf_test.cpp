// ELF files made here, of every class and order, whole and damaged; and one of this machine.
#include "libimgops/packages/elf.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "tests/support/made_elf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::MadeElf;
using testing::make_elf;

std::optional<ElfFile> read(const std::string& bytes) {
  return read_elf(StringAccess(bytes));
}

MadeElf sample() {
  MadeElf elf;
  elf.interpreter = "/lib64/ld-linux-x86-64.so.2";
  elf.soname = "libown.so.1";
  elf.needed = {"libssl.so.3", "libc.so.6"};
  elf.rpath = "/opt/lib";
  elf.runpath = "$ORIGIN/../lib:/usr/lib/private";
  return elf;
}

TEST(Elf, NamesAreReadInEveryClassAndOrder) {
  for (const bool is_64 : {true, false}) {
    for (const bool is_big_endian : {true, false}) {
      MadeElf made = sample();
      made.is_64 = is_64;
      made.is_big_endian = is_big_endian;
      made.machine = 183;
      const auto elf = read(make_elf(made));
      ASSERT_TRUE(elf);
      EXPECT_EQ(elf->elf_class, is_64 ? ElfClass::bits_64 : ElfClass::bits_32);
      EXPECT_EQ(elf->is_big_endian, is_big_endian);
      EXPECT_EQ(elf->machine, 183);
      EXPECT_EQ(elf->interpreter, "/lib64/ld-linux-x86-64.so.2");
      EXPECT_EQ(elf->soname, "libown.so.1");
      EXPECT_EQ(elf->needed, (std::vector<std::string>{"libssl.so.3", "libc.so.6"}));
      EXPECT_EQ(elf->rpath, std::vector<std::string>{"/opt/lib"});
      EXPECT_EQ(elf->runpath, (std::vector<std::string>{"$ORIGIN/../lib", "/usr/lib/private"}));
    }
  }
}

TEST(Elf, WhatIsNoProgramOrSharedObjectIsNone) {
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("#!/bin/sh\n" + std::string(100, ' ')));
  EXPECT_FALSE(
      read("\x7f"
           "ELF"));
  MadeElf object = sample();
  object.type = 1;
  EXPECT_FALSE(read(make_elf(object)));
}

TEST(Elf, CutAnywhereItIsNoneOrCorrupt) {
  const std::string whole = make_elf(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      EXPECT_FALSE(read(whole.substr(0, size))) << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    }
  }
}

TEST(Elf, ANameOutsideTheStringTableIsCorrupt) {
  std::string bytes = make_elf(sample());
  // The first entry of the dynamic table is the first name: its value is made large.
  const std::size_t dynamic = bytes.size() - 8 * 16;
  bytes[dynamic + 8 + 3] = 1;
  EXPECT_THROW(read(bytes), Error);
}

TEST(Elf, AHugeTableIsCorruptAndNotAllocated) {
  std::string bytes = make_elf(sample());
  const std::size_t size_of_dynamic = 64 + 2 * 56 + 32;
  bytes[size_of_dynamic + 6] = 1;
  EXPECT_THROW(read(bytes), Error);
}

TEST(Elf, ThisProgramNeedsTheLibraryOfC) {
  const auto file = open_user_file("/proc/self/exe");
  ASSERT_TRUE(file);
  const auto elf = read_elf(*file);
  ASSERT_TRUE(elf);
  EXPECT_THAT(elf->needed, ::testing::Contains(::testing::StartsWith("libc.")));
  EXPECT_FALSE(elf->interpreter.empty());
}

}  // namespace
}  // namespace imgops
