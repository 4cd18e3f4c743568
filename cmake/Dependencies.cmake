# Packages of Debian 12, with their least version; tools/setup installs the same list.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(fmt 9.0 REQUIRED)
find_package(ZLIB 1.2.13 REQUIRED)
# Headers alone: the library is opened when needed (docs/decisions/0022); tests link it.
pkg_check_modules(LibArchive REQUIRED IMPORTED_TARGET libarchive>=3.6)
pkg_check_modules(Isal REQUIRED IMPORTED_TARGET libisal>=2.30)
pkg_check_modules(Zstd REQUIRED IMPORTED_TARGET libzstd>=1.5.4)
pkg_check_modules(Xxhash REQUIRED IMPORTED_TARGET libxxhash>=0.8.1)
# Likewise; without it no daemon is spoken to.
pkg_check_modules(Curl libcurl>=7.88)
pkg_check_modules(Re2 REQUIRED IMPORTED_TARGET re2)
find_library(LIBDEFLATE_LIBRARY deflate REQUIRED)
find_path(LIBDEFLATE_INCLUDE_DIRECTORY libdeflate.h REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIRECTORY toml++/toml.h REQUIRED)  # 3.3, headers alone
if(IMGOPS_TESTS)
  find_package(GTest 1.12 REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
endif()
