// Directories in which apk overwrites and deletes only what nobody changed.
// Source: apk-protected_paths(5); apk-tools 2, which gives each directory the mode of the last rule
// that means it, else that of the directory above, and asks no rule about single files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgops {

class ApkProtection {
 public:
  ApkProtection();  // the rules that apk begins with: etc, and what is special below it

  // More rules, a line each, of a file in protected_paths.d; later ones win.
  void add(std::string_view rules);

  // Whether what the image changed in that directory is kept. `directory` is canonical.
  bool covers(std::string_view directory) const;

 private:
  struct Rule {
    bool protects = false;
    std::vector<std::string> components;  // of the pattern
  };
  std::vector<Rule> rules_;
};

}  // namespace imgops
