// imgops completion: the script that makes a shell complete our words.
#include "tools/imgops/completion.hpp"

#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/context.hpp"

namespace imgops::cli {

void declare_completion(Declarations& declarations) {
  declarations.operand("bash|zsh|fish");
}

int run_completion(const Options& options, Context& context) {
  context.output().text(completion_script(options.operand("bash|zsh|fish")));
  return 0;
}

}  // namespace imgops::cli
