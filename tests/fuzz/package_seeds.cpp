#include "tests/fuzz/package_seeds.hpp"

#include "tests/support/made_elf.hpp"

namespace imgops::fuzz {
namespace {

std::string three(const std::string& base, const std::string& ours, const std::string& theirs) {
  return base + between_texts + ours + between_texts + theirs;
}

std::vector<std::string> control_texts() {
  const std::string libc =
      "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n"
      "Version: 2.36-9\nDepends: libgcc-s1 (>= 3.5) | x:any\nConffiles:\n /etc/ld.so.conf 0a\n"
      "Description: C\n library\n .\n\n";
  const std::string app =
      "Package: app\nArchitecture: all\nVersion: 1:2~rc1\nBreaks: libc6 (<< 2)\n";
  const std::string question = "Name: a/b\nOwners: a, b\nValue:\n\n";
  const std::string triggers = "# t\ninterest /usr/lib\ninterest-noawait ldconfig\nactivate x\n";
  return {three("/usr/lib libc6:amd64/noawait\n/a b\n", triggers, ""),
          three(libc, libc + app, "\n" + libc), three("", app, question),
          three(question, question + libc, app + "\n" + question)};
}

std::vector<std::string> apk_texts() {
  const std::string musl = "P:musl\nV:1.2.4-r2\nD:!libc so:x>=1\np:so:libc.musl=1\nF:lib\nR:a\n\n";
  std::string member = "a" + std::string(123, '\0') + "00000000002" + std::string(21, '\0') + "0";
  member.resize(512);
  member += "#!";
  member.resize(1024);
  return {three(musl, musl + "P:curl\nV:8\n\n", "P:musl\nV:2_p1\n"),
          three(member, member + std::string(512, '\0'), "")};
}

std::vector<std::string> account_texts() {
  const std::string root = "root:x:0:0:root:/root:/bin/sh\n";
  return {three(root, root + "a:x:1:1::/:\n", root + "b:x:2:2::/:\n# c\n\n+\n"),
          three("g:x:1:a,b\n", "g:x:1:b,c\n", "g:x:2:a\n"),
          three("root:*:1:0:99999:7:::\n", "root:*:2:0:99999:7:::\n", "a:!:3::::::\n"),
          three("a:100000:65536\n", "a:100000:65536\nb:165536:65536\n", "")};
}

std::vector<std::string> elf_files() {
  testing::MadeElf elf;
  elf.interpreter = "/lib64/ld-linux-x86-64.so.2";
  elf.soname = "liba.so.1";
  elf.needed = {"libc.so.6", "libm.so.6"};
  elf.runpath = "$ORIGIN/../lib:/opt/lib";
  const std::string wide = testing::make_elf(elf);
  elf.is_64 = false;
  elf.is_big_endian = true;
  elf.rpath = "/x";
  return {wide, testing::make_elf(elf)};
}

std::vector<std::string> texts() {
  return {three("a\nb\nc\nd\n", "a\nX\nc\nd\n", "a\nb\nc\nd\ne"),
          three("a\n\na\n\nb\n", "a\nb\n", "\n\na\na\n"), three("", "x", "y\n")};
}

}  // namespace

std::vector<std::string> package_seeds(std::string_view target) {
  if (target == "control") return control_texts();
  if (target == "apk") return apk_texts();
  if (target == "accounts") return account_texts();
  if (target == "elf") return elf_files();
  if (target == "text_merge") return texts();
  return {};
}

}  // namespace imgops::fuzz
