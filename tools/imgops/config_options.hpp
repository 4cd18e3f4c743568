// The options of `config`, and what an editor makes of settings.
#pragma once

#include "libimgops/image/configuration_edit.hpp"
#include "tools/imgops/context.hpp"

#include <map>
#include <string>

namespace imgops::cli {

void declare_config_options(Declarations& declarations);
// Throws Error(invalid_argument) for a value that is not of the form its option takes.
SettingsEdit settings_edit(const Options& options);

// Hands the settings of images to the user's editor, those of equal images once.
class SettingsEditor {
 public:
  explicit SettingsEditor(Context& context) : context_(context) {}
  // `image` with "config" as the user leaves it; as it is where nothing was changed or everything
  // deleted. Throws Error(invalid_argument) when it is no JSON or no settings any more.
  Image edit(const Image& image);

 private:
  Context& context_;
  std::map<std::string, std::string> edited_;  // before, after
};

}  // namespace imgops::cli
