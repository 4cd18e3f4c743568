// Libraries that are opened when first needed: what they in turn bring would be loaded at each
// start of the program, which for small commands takes longer than the command (decision 0022).
// Private to the room.
#pragma once

namespace imgops {

class SharedLibrary {
 public:
  // `file` as the dynamic linker finds it. Stays open until the program ends. Throws
  // Error(unavailable) when it cannot be loaded: `need` begins the line, `package` is Debian's.
  SharedLibrary(const char* file, const char* need, const char* package);

  // Throws the same error when there is no such function.
  template <class Function>
  void find(const char* name, Function& function) const {
    // POSIX has the two kinds of pointers alike; C++ only allows the conversion.
    function = reinterpret_cast<Function>(address_of(name));
  }

 private:
  void* address_of(const char* name) const;
  [[noreturn]] void throw_missing() const;

  const char* file_;
  const char* need_;
  const char* package_;
  void* handle_;
};

}  // namespace imgops
