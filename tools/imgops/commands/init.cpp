// imgops init: an empty layout.
#include "libimgops/base/bytes.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"

namespace imgops::cli {

void declare_init(Declarations& declarations) {
  declarations.operand("DIR");
}

int run_init(const Options& options, Context& context) {
  const std::string directory = options.operand("DIR");
  Repository::initialise(directory);
  if (context.wants_json()) {
    Json body = Json::object();
    put_bytes(body, "path", directory);
    print_document(context, "init", body);
  } else {
    context.output().text(printable(directory) + "\n");
  }
  return 0;
}

}  // namespace imgops::cli
