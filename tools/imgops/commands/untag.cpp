// imgops untag: names go, blobs stay.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/transaction.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/ref_selection.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

struct RemovedRef {
  std::string name;
  Digest digest;
};

// All of one layout, since they go together or not at all.
std::vector<RemovedRef> refs_to_remove(Context& context, const std::vector<std::string>& words,
                                       Place*& place) {
  std::vector<RemovedRef> refs;
  for (const std::string& word : words) {
    SelectedRef ref = select_ref(context, word);
    if (place != nullptr && place != ref.place) {
      throw Error(ErrorKind::invalid_argument, "the refs are in different layouts");
    }
    place = ref.place;
    const Digest digest = require_ref(ref).digest();
    refs.push_back({std::move(ref.name), digest});
  }
  return refs;
}

}  // namespace

void declare_untag(Declarations& declarations) {
  declarations.operands("REF").flag("dry-run,n", "tell what would go, write nothing");
}

int run_untag(const Options& options, Context& context) {
  Place* place = nullptr;
  const auto refs = refs_to_remove(context, options.operands("REF"), place);
  if (!options.flag("dry-run")) {
    Transaction transaction(*place->repository(), context.command_text(), context.now());
    for (const RemovedRef& ref : refs) transaction.remove(ref.name, ref.digest);
    transaction.commit();
  }
  Json removed = Json::array();
  for (const RemovedRef& ref : refs) {
    removed.push_back({{"ref", ref.name}, {"digest", ref.digest.to_string()}});
    if (!context.wants_json()) context.output().text(printable(ref.name) + "\n");
  }
  if (context.wants_json()) print_document(context, "untag", Json{{"removed", removed}}, "removed");
  return 0;
}

}  // namespace imgops::cli
