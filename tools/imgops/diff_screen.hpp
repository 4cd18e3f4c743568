// A comparison as text and as a document. Source: command-line §13.4.
#pragma once

#include "libimgops/base/json.hpp"
#include "tools/imgops/diff_report.hpp"

#include <string>

namespace imgops::cli {

// Each ends with line breaks; empty when there is nothing to say.
std::string settings_text(const Context& context, const std::vector<ConfigChange>& settings);
// Status, path, size; `what` differs behind modified ones.
std::string files_text(const Context& context, const ChangeSet& files);
// The ten whose size changed most.
std::string largest_text(const Context& context, const ChangeSet& files);
std::string summary_text(const Context& context, const DiffSummary& summary);
// "A\t/path", for programs.
std::string name_status_text(const ChangeSet& files);
// Unified differences of text files.
std::string content_text(const Context& context, DiffReport& report);

Json settings_json(const std::vector<ConfigChange>& settings);
Json files_json(const ChangeSet& files);
Json summary_json(const DiffSummary& summary);

}  // namespace imgops::cli
