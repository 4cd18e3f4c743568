#include "libimgops/transfer/shared_library.hpp"

#include "libimgops/base/error.hpp"

#include <fmt/format.h>

#include <dlfcn.h>

namespace imgops {

SharedLibrary::SharedLibrary(const char* file, const char* need, const char* package)
    : file_(file), need_(need), package_(package), handle_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) throw_missing();
}

void* SharedLibrary::address_of(const char* name) const {
  void* const address = dlsym(handle_, name);
  if (address == nullptr) throw_missing();
  return address;
}

void SharedLibrary::throw_missing() const {
  throw Error(ErrorKind::unavailable,
              fmt::format("{} needs {}, which cannot be loaded", need_, file_),
              fmt::format("Debian has it in the package {}", package_));
}

}  // namespace imgops
