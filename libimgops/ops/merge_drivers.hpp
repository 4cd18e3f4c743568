// The documents of `packages` as drivers of the merge of trees, and the standard set of them.
// Source: command-line §8.3.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/diff/merge_driver.hpp"

#include <memory>
#include <string>
#include <vector>

namespace imgops {

struct MergeDriverOptions {
  // Files outside etc/ that are merged as text: patterns (base/glob.hpp) over canonical paths; a
  // leading slash says nothing.
  std::vector<std::string> text_globs;
  // Settles, inside a document, records that both sides changed two ways; the rest of the document
  // is merged all the same. Without it one side's whole document would be taken, and a database
  // would lose what the other side installed.
  MergePolicy policy = MergePolicy::fail;
};

// The first that handles a path is the one for it. Their names: "dpkg" (with what apt, debconf and
// ucf keep), "apk", "rpm" (always gives up and says what to do), "accounts", "lists", "log",
// "cache" (theirs is taken), "text".
std::vector<std::shared_ptr<const MergeDriver>> standard_merge_drivers(
    const MergeDriverOptions& options = {});

}  // namespace imgops
